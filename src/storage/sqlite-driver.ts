// Kysely's driver for better-sqlite3: cached statements, IMMEDIATE transactions, and patience that does not block.
import type BetterSqlite3 from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, Driver, QueryResult } from 'kysely';
import { DatabaseBusy } from '../errors.js';
import { storageError } from './sqlite-error.js';

/**
 * A bound value that stands for "now", filled in when the statement runs. A prepared statement can then be kept, and
 * the clock is read in one place.
 */
export const NOW = Symbol('now');

/** Statements are few and fixed; the bound only guards against text built in a loop. */
const CACHED_STATEMENTS = 300;

/**
 * SQLite's own wait holds the event loop, sleeps longer and longer, and starves other writers (with 5 s one writer held
 * the rest up for 3 s). Ours looks often for a moment, since a commit takes a third of a millisecond (two workers: 1.3
 * times the jobs), and lets the event loop go on between such moments. Whoever has a lock for longer is asked less often.
 */
export const BUSY_TIMEOUT_MS = 0;
const LOOK_EVERY_MS = 0.1;
const LOOKS = 20;
const PAUSE_MS = 5;
const LONG_MS = 1000;
const LONG_PAUSE_MS = 50;
const cell = new Int32Array(new SharedArrayBuffer(4));

export interface SqliteDriverOptions {
  file: string;
  clock: () => number;
  /** How long a statement or transaction may wait for another program's lock before DatabaseBusy, ms. */
  patienceMs: number;
}

export class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection;
  /** One connection, so one user at a time: whoever comes waits for the one before. */
  #last: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(database: BetterSqlite3.Database, options: SqliteDriverOptions) {
    this.#connection = new SqliteConnection(database, options);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteConnection> {
    const before = this.#last;
    let release = () => {};
    this.#last = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    this.#release = release;
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  async beginTransaction(connection: SqliteConnection): Promise<void> {
    await connection.begin();
  }

  async commitTransaction(connection: SqliteConnection): Promise<void> {
    connection.end('commit');
  }

  async rollbackTransaction(connection: SqliteConnection): Promise<void> {
    connection.end('rollback');
  }

  async destroy(): Promise<void> {
    this.#connection.close();
  }
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: BetterSqlite3.Database;
  readonly #options: SqliteDriverOptions;
  readonly #statements = new Map<string, BetterSqlite3.Statement>();

  constructor(database: BetterSqlite3.Database, options: SqliteDriverOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** IMMEDIATE: the lock is taken before anything is read, so a transaction never fails half-way for being late. */
  async begin(): Promise<void> {
    await this.#patiently(() => this.#statement('begin immediate').run());
  }

  end(how: 'commit' | 'rollback'): void {
    // SQLite has rolled back by itself after some errors (disk full): there is nothing left to end then.
    if (how === 'rollback' && !this.#database.inTransaction) return;
    try {
      this.#statement(how).run();
    } catch (error) {
      throw storageError(error, this.#options.file);
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const parameters = query.parameters.map((value) => (value === NOW ? this.#options.clock() : value));
    return this.#patiently(() => {
      const statement = this.#statement(query.sql);
      if (statement.reader) return { rows: statement.all(parameters) as R[] };
      const { changes } = statement.run(parameters);
      return { rows: [], numAffectedRows: BigInt(changes) };
    });
  }

  // biome-ignore lint/correctness/useYield: reads are short by rule; nothing streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not supported: read in pages');
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #statement(text: string): BetterSqlite3.Statement {
    const cached = this.#statements.get(text);
    if (cached) return cached;
    const statement = this.#database.prepare(text);
    if (this.#statements.size >= CACHED_STATEMENTS) this.#statements.clear();
    this.#statements.set(text, statement);
    return statement;
  }

  /** Tries until the lock is free or patience is over. Inside a transaction the lock is ours and nothing waits. */
  async #patiently<T>(work: () => T): Promise<T> {
    const startedAt = performance.now();
    for (let tries = 0; ; tries++) {
      try {
        return work();
      } catch (error) {
        const busy = String((error as { code?: unknown }).code ?? '').startsWith('SQLITE_BUSY');
        if (!busy || this.#database.inTransaction) throw storageError(error, this.#options.file);
        const waitedMs = performance.now() - startedAt;
        if (waitedMs > this.#options.patienceMs) throw new DatabaseBusy(waitedMs, error);
        const long = waitedMs > LONG_MS;
        if (!long && tries % LOOKS !== LOOKS - 1) Atomics.wait(cell, 0, 0, LOOK_EVERY_MS);
        else await new Promise((resolve) => setTimeout(resolve, Math.random() * (long ? LONG_PAUSE_MS : PAUSE_MS)));
      }
    }
  }
}
