// Writes jobs that come from another queue, with all that belongs to them; how far it came stands in the same transactions.
import { sql } from 'kysely';
import { CommitUnknown, Conflict } from '../errors.js';
import { failPoint } from '../fail-point.js';
import { storeContexts } from './contexts.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import {
  ATTEMPT_COLUMNS,
  JOB_COLUMNS,
  JOB_KINDS,
  type MovedAttempt,
  type MovedJob,
  type MovedQueue,
  type MovedSetting,
  type MovedWorker,
} from './moved.js';

/** Among what the store says about itself; it is there while an import is begun and not finished. */
const PROGRESS = 'store.import';

/** A statement has room for so many rows of some twenty values. */
const ROWS_AT_ONCE = 500;
/** Of outputs and values of steps, which are large. */
const OUTPUTS_AT_ONCE = 50;

export interface ImportProgress {
  /** Id of the export. */
  export: string;
  /** Its lowest number. */
  first: number;
  /** Is added to each number. */
  shift: number;
  /** So many of the export's jobs are stored. */
  jobs: number;
}

export interface ImportPlan {
  export: string;
  /** The lowest and the highest number of its jobs; null when there is none. */
  numbers: { first: number; last: number } | null;
  settings: readonly MovedSetting[];
  queues: readonly MovedQueue[];
}

export class ImportStore {
  constructor(private readonly database: Database) {}

  /** An import that was begun and not finished. */
  async begun(db: Executor = this.database.kysely): Promise<ImportProgress | undefined> {
    const row = await db.selectFrom('settings').select('value').where('name', '=', PROGRESS).executeTakeFirst();
    return row && JSON.parse(row.value);
  }

  async isEmpty(db: Executor = this.database.kysely): Promise<boolean> {
    return (await db.selectFrom('jobs').select('number').limit(1).executeTakeFirst()) === undefined;
  }

  /** @returns one of the ids or keys that a job here has already */
  async taken(jobs: readonly Pick<MovedJob, 'name' | 'key_lock'>[]): Promise<string | undefined> {
    for (const column of ['name', 'key_lock'] as const) {
      const asked = jobs.map((job) => job[column]).filter((value) => value !== null);
      const row = await this.database.kysely
        .selectFrom('jobs')
        .select(`${column} as value`)
        .where(column, 'in', asked)
        .limit(1)
        .executeTakeFirst();
      if (row) return row.value!;
    }
    return undefined;
  }

  /**
   * Takes the numbers for all jobs to come, and stores what is not about jobs where there is nothing of that name.
   * @param append jobs may be there already
   * @throws Conflict
   */
  async begin({ numbers, settings, queues, ...plan }: ImportPlan, append: boolean): Promise<ImportProgress> {
    return this.database.transaction(async (tx) => {
      const { alone, last, skipTo } = this.database.dialect.numbers;
      if (alone) await alone.execute(tx);
      if (!append && !(await this.isEmpty(tx))) throw new Conflict('the queue has got jobs meanwhile');
      const { rows } = await last.execute(tx);
      const highest = rows[0]?.last ?? 0;
      // Where the queue has not come so far, jobs keep their numbers; they are never given twice.
      const shift = numbers && numbers.first <= highest ? highest - numbers.first + 1 : 0;
      if (numbers) for (const statement of skipTo(numbers.last + shift)) await statement.execute(tx);
      for (const row of settings) {
        await tx
          .insertInto('settings')
          .values(row)
          .onConflict((on) => on.column('name').doNothing())
          .execute();
      }
      for (const row of queues) {
        await tx
          .insertInto('queues')
          .values(row)
          .onConflict((on) => on.column('name').doNothing())
          .execute();
      }
      const progress = { export: plan.export, first: numbers?.first ?? 0, shift, jobs: 0 };
      await tx.deleteFrom('settings').where('name', '=', PROGRESS).execute();
      await tx
        .insertInto('settings')
        .values({ name: PROGRESS, value: JSON.stringify(progress), changed_at: this.database.now, who: null })
        .execute();
      return progress;
    });
  }

  /**
   * Stores the next jobs of an export, in its order.
   * @returns how far it is then. @throws Conflict when an id is taken, or somebody else goes on with the same import
   */
  async add(jobs: readonly MovedJob[], before: ImportProgress): Promise<ImportProgress> {
    const after = { ...before, jobs: before.jobs + jobs.length };
    try {
      await this.database.transaction((tx) => this.#add(tx, jobs, before, after));
      return after;
    } catch (error) {
      if (error instanceof CommitUnknown) {
        const done = (await this.begun())?.jobs;
        return done === after.jobs ? after : this.add(jobs, before);
      }
      if (!this.database.dialect.isUniqueViolation(error)) throw error;
      const taken = await this.taken(jobs);
      throw new Conflict(`the id "${taken}" is taken: it was enqueued while the import ran, or stands in it twice`);
    }
  }

  /** @throws CommitUnknown; it may be done again */
  async finish(): Promise<void> {
    await this.database.kysely.deleteFrom('settings').where('name', '=', PROGRESS).execute();
  }

  async #add(tx: Executor, jobs: readonly MovedJob[], before: ImportProgress, after: ImportProgress): Promise<void> {
    const { numUpdatedRows } = await tx
      .updateTable('settings')
      .set({ value: JSON.stringify(after), changed_at: this.database.now })
      .where('name', '=', PROGRESS)
      .where('value', '=', JSON.stringify(before))
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new Conflict('another program goes on with this import');
    const all = jobs.map((job) => shifted(job, before));
    await this.#addJobs(tx, all);
    await this.#addRuns(tx, all);
    const counts = new CountChanges();
    for (const job of all) counts.add(job, job.state);
    failPoint('import-before-commit');
    await counts.write(tx, this.database);
  }

  async #addJobs(tx: Executor, jobs: readonly MovedJob[]): Promise<void> {
    const { dialect } = this.database;
    const json = JSON.stringify(jobs.map((job) => [job.number, ...JOB_COLUMNS.map((column) => job[column])]));
    const rows = dialect.rows(sql<string>`${json}`, { number: 'ms', ...JOB_KINDS });
    await tx
      .insertInto('jobs')
      .columns(['number', ...JOB_COLUMNS])
      .expression(sql`${dialect.numbers.given} select * from ${rows} as added`)
      .execute();
    const stored = await storeContexts(
      tx,
      this.database,
      jobs.map(({ context }) => context),
    );
    const contexts = await stored();
    const specs = jobs.map(({ number, payload, context, env }) => ({
      job: number,
      payload: Buffer.from(JSON.stringify(payload)),
      context: context && contexts.get(context)!,
      env: env && JSON.stringify(env),
    }));
    for (const some of chunks(specs, ROWS_AT_ONCE)) await tx.insertInto('specs').values(some).execute();
  }

  async #addRuns(tx: Executor, jobs: readonly MovedJob[]): Promise<void> {
    const workers = new Map<string, number>();
    const runs = jobs.flatMap(({ number, attempts }) => attempts.map((attempt) => ({ ...attempt, job: number })));
    const attempts = [];
    for (const run of runs) {
      const worker = run.worker ? await this.#worker(tx, run.worker, workers) : NOBODY;
      const told = Object.fromEntries(ATTEMPT_COLUMNS.map((column) => [column, run[column]]));
      attempts.push({ ...(told as Pick<MovedAttempt, (typeof ATTEMPT_COLUMNS)[number]>), job: run.job, worker });
    }
    for (const some of chunks(attempts, ROWS_AT_ONCE)) await tx.insertInto('attempts').values(some).execute();
    const outputs = runs.flatMap(({ job, attempt, outputs }) =>
      outputs.map(({ stream, head, tail, cut_bytes }) => {
        return { job, attempt, stream, head: bytesOf(head), tail: bytesOf(tail), cut_bytes };
      }),
    );
    for (const some of chunks(outputs, OUTPUTS_AT_ONCE)) await tx.insertInto('outputs').values(some).execute();
    const steps = jobs.flatMap(({ number, steps = [] }) =>
      steps.map(({ name, attempt, value }) => ({ job: number, name, attempt, value: bytesOf(value)! })),
    );
    for (const some of chunks(steps, OUTPUTS_AT_ONCE)) await tx.insertInto('steps').values(some).execute();
    const events = jobs.flatMap(({ number, events }) => events.map((event) => ({ ...event, job: number })));
    for (const some of chunks(events, ROWS_AT_ONCE)) await tx.insertInto('events').values(some).execute();
  }

  /** A row of its own for whoever ran jobs elsewhere: as one of another queue its number means nothing here. */
  async #worker(tx: Executor, { name, host, host_name }: MovedWorker, known: Map<string, number>): Promise<number> {
    const key = JSON.stringify([name, host, host_name]);
    const number = known.get(key) ?? (await this.#findWorker(tx, { name, host, host_name }));
    known.set(key, number);
    return number;
  }

  async #findWorker(tx: Executor, worker: MovedWorker): Promise<number> {
    const { now } = this.database;
    const before = await tx
      .selectFrom('workers')
      .select('number')
      .where(({ and }) => and({ ...worker, pid: 0 }))
      .where('ended_at', 'is not', null)
      .executeTakeFirst();
    if (before) return before.number;
    const from = {
      pool: 'moved',
      slot: 0,
      pid: 0,
      pid_start: '',
      version: '',
      state: 'ended',
      queues: '[]',
      types: '[]',
    };
    const times = { started_at: now, seen_at: now, lease_until: now, ended_at: now };
    const added = await tx
      .insertInto('workers')
      .values({ ...worker, ...from, ...times, concurrency: 0 })
      .returning('number')
      .executeTakeFirstOrThrow();
    return added.number;
  }
}

const NOBODY = 0;

/** Numbers from before the export's first one would be those of other jobs here, once they are shifted. */
function shifted(job: MovedJob, { first, shift }: ImportProgress): MovedJob {
  const at = (number: number | null) => (number === null || (shift > 0 && number < first) ? null : number + shift);
  return { ...job, number: job.number + shift, parent: at(job.parent), batch: at(job.batch) };
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
