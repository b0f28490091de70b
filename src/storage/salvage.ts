// Makes a sound queue of what can still be read of a damaged file, which is only read: page by page, without SQLite.
import { setImmediate as breath } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { JOB_STATES } from '../job/job.js';
import { DamagedFile } from './damaged-file.js';
import { type FoundRow, rowsOn, type Value, walkTree } from './damaged-rows.js';
import { type Mended, mend } from './salvage-mend.js';

export interface Salvaged extends Mended {
  /** Rows that came over, by table. */
  rows: Record<string, number>;
  /** Pages of tables that should be there and cannot be read. */
  lostPages: number;
  /** Rows on pages that are there which make no sense. */
  lostRows: number;
}

interface Shape {
  table: string;
  columns: { name: string; type: string; notnull: number; pk: number; dflt_value: string | null }[];
  /** Has rowids, and which column is another name for them. */
  withRowids: boolean;
  alias: number;
  root: number;
  insert: BetterSqlite3.Statement;
}

/** Made again from the rest, of no use any more, or SQLite's and the migrator's own. */
const LEFT_OUT = /^(counts|requests|sqlite_.*|kysely_.*)$/;

const AT_ONCE = 500;

/**
 * @param from path of the damaged file
 * @param to path of a new queue without jobs, which nobody else uses
 */
export async function salvage(
  from: string,
  to: string,
  onProgress: (page: number, of: number) => void,
): Promise<Salvaged> {
  const file = new DamagedFile(from);
  const target = new BetterSqlite3(to);
  try {
    target.pragma('journal_mode = off'); // what fails is removed as a whole
    target.pragma('synchronous = off');
    target.exec('begin');
    const work = new Salvage(file, target);
    await work.run(onProgress);
    const mended = mend(target, { trusted: work.trusted, loose: work.loose, sequences: work.sequences });
    target.exec('commit');
    return { ...mended, rows: work.rows, lostPages: work.lostPages, lostRows: work.lostRows };
  } finally {
    target.close();
    file.close();
  }
}

class Salvage {
  readonly rows: Record<string, number> = {};
  lostPages = 0;
  lostRows = 0;
  /** What stands on a page that no tree leads to is as new as the rest: it is known which pages are free. */
  readonly trusted: boolean;
  /** Jobs that were found on such pages. */
  readonly loose: number[] = [];
  /** The highest numbers that tables gave. */
  readonly sequences = new Map<string, number>();
  readonly #shapes: Shape[];
  readonly #seen: Set<number>;

  constructor(
    private readonly file: DamagedFile,
    target: BetterSqlite3.Database,
  ) {
    this.#shapes = shapesOf(target);
    const free = file.freePages();
    this.trusted = free !== undefined;
    this.#seen = new Set(free);
  }

  async run(onProgress: (page: number, of: number) => void): Promise<void> {
    let done = 0;
    const told = async () => {
      if (++done % AT_ONCE !== 0) return;
      onProgress(done, this.file.pages);
      await breath();
    };
    const { roots, indexes, whole } = this.#readSchema();
    for (const shape of this.#shapes) {
      // Tables that one program made lie in the same places, so a lost list of them is that of a new queue.
      const root = roots.get(shape.table) ?? (whole ? undefined : shape.root);
      if (root === undefined) continue;
      const tree = walkTree(this.file, root, shape.withRowids, this.#seen);
      this.lostPages += tree.broken;
      for (const page of tree.pages) {
        this.#takeTablePage(page, shape);
        await told();
      }
    }
    for (const root of indexes) walkTree(this.file, root, false, this.#seen);
    if (whole && this.lostPages === 0) return;
    for (let page = 2; page <= this.file.pages; page++) {
      if (!this.#seen.has(page)) this.#takeLoosePage(page);
      await told();
    }
  }

  /** The list of tables and indexes stands in a table of its own, whose root is the first page. */
  #readSchema() {
    const tree = walkTree(this.file, 1, true, this.#seen);
    const rows = tree.pages.flatMap((page) => rowsOn(this.file, page).rows);
    const roots = new Map<string, number>();
    const indexes: number[] = [];
    for (const { values } of rows) {
      const [kind, name, , root] = values;
      if (typeof root !== 'number' || typeof name !== 'string') continue;
      if (kind === 'index') indexes.push(root);
      if (kind === 'table') roots.set(name, root);
    }
    const sequence = roots.get('sqlite_sequence');
    for (const page of sequence ? walkTree(this.file, sequence, true, this.#seen).pages : []) {
      for (const { values } of rowsOn(this.file, page).rows) {
        const [table, last] = values;
        if (typeof table === 'string' && typeof last === 'number') this.sequences.set(table, last);
      }
    }
    return { roots, indexes, whole: tree.broken === 0 };
  }

  #takeTablePage(page: number, shape: Shape): void {
    const { rows, unreadable } = rowsOn(this.file, page);
    this.lostRows += unreadable;
    for (const row of rows) {
      if (fits(row, shape)) this.#store(row, shape);
      else this.lostRows += 1;
    }
  }

  /** What led to it is lost; which table it belongs to shows in its rows. */
  #takeLoosePage(page: number): void {
    for (const row of rowsOn(this.file, page).rows) {
      const fitting = this.#shapes.filter((shape) => row.values.length === shape.columns.length && fits(row, shape));
      if (fitting.length !== 1) continue;
      const stored = this.#store(row, fitting[0]!);
      if (stored && fitting[0]!.table === 'jobs') this.loose.push(row.rowid!);
    }
  }

  #store(row: FoundRow, { table, columns, alias, insert }: Shape): boolean {
    const values = columns.map((_, at) => (at === alias ? row.rowid : (row.values[at] ?? null)));
    if (insert.run(values).changes === 0) return false;
    this.rows[table] = (this.rows[table] ?? 0) + 1;
    return true;
  }
}

function shapesOf(target: BetterSqlite3.Database): Shape[] {
  const tables = target
    .prepare<[], { name: string; root: number; sql: string }>(
      `select name, rootpage as root, sql from sqlite_schema where type = 'table'`,
    )
    .all();
  return tables
    .filter(({ name }) => !LEFT_OUT.test(name))
    .map(({ name: table, root, sql }) => {
      const columns = target.pragma(`table_info(${table})`) as Shape['columns'];
      const withRowids = !/without rowid\s*$/i.test(sql);
      const keys = columns.filter(({ pk }) => pk > 0);
      const isAlias = withRowids && keys.length === 1 && keys[0]!.type.toLowerCase() === 'integer';
      const alias = isAlias ? columns.indexOf(keys[0]!) : -1;
      // What the store says about itself is new with the file, but which one it is.
      const which = table === 'settings' ? `where name = 'store.id' or name not like 'store.%'` : 'where true';
      const list = columns.map(({ name }) => name).join(', ');
      const marks = columns.map(({ name }) => `? as ${name}`).join(', ');
      const how = table === 'settings' ? 'replace' : 'ignore';
      const insert = target.prepare(
        `insert or ${how} into ${table} (${list}) select * from (select ${marks}) ${which}`,
      );
      return { table, columns, withRowids, alias, root, insert };
    });
}

/** An older program's rows may be shorter: columns are added at the end. */
function fits({ rowid, values }: FoundRow, { table, columns, withRowids, alias }: Shape): boolean {
  if ((rowid !== null) !== withRowids || values.length > columns.length) return false;
  const wellFormed = columns.every(({ type, notnull, dflt_value }, at) => {
    if (at === alias) return values[at] === null;
    const value = values[at] ?? null;
    if (value === null) return notnull === 0 || (at >= values.length && dflt_value !== null);
    return isOf(type.toLowerCase(), value);
  });
  if (!wellFormed) return false;
  if (table === 'jobs') return JOB_STATES.some((state) => values.includes(state));
  if (table === 'specs') return isJson(values[1]);
  return true;
}

function isOf(type: string, value: Value): boolean {
  if (type === 'text') return typeof value === 'string';
  if (type === 'blob') return Buffer.isBuffer(value);
  return type === 'real' ? typeof value === 'number' : Number.isSafeInteger(value);
}

/** A command of which a part was overwritten must not run. */
function isJson(payload: Value | undefined): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload as Buffer));
    return true;
  } catch {
    return false;
  }
}
