// What people do to jobs: each change is one transaction, applies to jobs in certain states only, and leaves an event.
import { type RawBuilder, sql, type UpdateObject } from 'kysely';
import { Conflict } from '../errors.js';
import { CHANGES, type ChangeKind, type JobUpdate } from '../job/change.js';
import type { JobState } from '../job/job.js';
import type { When } from '../job/units.js';
import { type Cancelled, cancelRows } from './cancels.js';
import { copyJobs } from './copies.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { type By, jobsToChange, recordChange } from './events.js';
import { keyRace, ownKey, withFreeKeys } from './key-locks.js';
import { type Removed, removeJobs } from './removals.js';
import type { JobRow, Tables } from './schema.js';

export type Change =
  /** @param signal the first one for running jobs; null is the usual one */
  | { kind: 'cancel'; signal: string | null }
  | { kind: 'update'; to: JobUpdate }
  | { kind: Exclude<ChangeKind, 'cancel' | 'update'> };

export interface ChangeOptions extends By {
  /** Only from these of the states that the change applies to. */
  from?: readonly JobState[];
  /** Refuse all when one is missing or in another state; else those are left alone. */
  strict: boolean;
}

/** Jobs as they were before. */
export type ChangedJob = Pick<JobRow, 'number' | 'name' | 'state'>;

export interface Changed {
  jobs: ChangedJob[];
  /** Were in another state, and are as they were. */
  left: number;
  /** For undo and for more of the same; null where nothing can be undone. */
  change: number | null;
  /** Of a cancel: what became of each. */
  cancelled: Cancelled[];
  /** Of a retry of completed jobs: the numbers of the new ones, by those of the old. */
  copies: Map<number, number>;
  /** Of a removal: what is left to clean up. */
  removed: Removed[];
}

type NewValues = UpdateObject<Tables, 'jobs'>;

export class ChangeStore {
  constructor(private readonly database: Database) {}

  /**
   * @param numbers at most 1,000
   * @throws NoSuchJob, Conflict, where it is strict; nothing is changed then
   */
  async apply(numbers: readonly number[], change: Change, options: ChangeOptions): Promise<Changed> {
    const none = { cancelled: [], copies: new Map<number, number>(), removed: [] };
    if (numbers.length === 0) return { ...none, jobs: [], left: 0, change: options.change };
    return this.database
      .transaction(async (tx) => {
        const all = await jobsToChange(tx, this.database, numbers, options.strict ? 'refuse' : 'skip');
        const from = options.from ?? CHANGES[change.kind].from;
        const other = all.find(({ state }) => !from.includes(state));
        if (other && options.strict) throw wrongState(other, change.kind, from);
        const jobs = all.filter(({ state }) => from.includes(state));
        const done = { ...none, jobs, change: null, ...(await this.#do(tx, jobs, change, options)) };
        return { ...done, left: numbers.length - done.jobs.length };
      })
      .catch((error) => {
        throw keyRace(error, this.database);
      });
  }

  async #do(tx: Executor, jobs: readonly JobRow[], change: Change, by: ChangeOptions): Promise<Partial<Changed>> {
    switch (change.kind) {
      case 'cancel':
        return cancelRows(tx, this.database, jobs, change.signal, by);
      case 'delete':
        return { removed: await removeJobs(tx, this.database, jobs) };
      case 'retry': {
        const { free, blocked } = await withFreeKeys(tx, jobs);
        if (blocked && by.strict) throw blocked;
        const completed = free.filter(({ state }) => state === 'completed');
        const others = free.filter(({ state }) => state !== 'completed');
        const copies = await copyJobs(tx, this.database, completed);
        return { jobs: free, copies, ...(await this.#set(tx, others, change.kind, RETRIED, by)) };
      }
      case 'hold':
        return this.#set(tx, jobs, change.kind, { state: 'held', wake_at: null }, by);
      case 'release':
        return this.#set(tx, jobs, change.kind, { state: 'pending', wake_at: this.#whenDue() }, by);
      case 'update':
        return this.#set(tx, jobs, change.kind, this.#values(change.to), by);
    }
  }

  async #set(tx: Executor, rows: readonly JobRow[], kind: ChangeKind, values: NewValues, by: By) {
    if (rows.length === 0) return { change: by.change };
    const { done } = CHANGES[kind];
    const updated = ['state', 'attempt', ...Object.keys(values)] as (keyof JobRow)[];
    const keep = (row: JobRow) => Object.fromEntries(updated.map((name) => [name, row[name]]));
    const change = await recordChange(tx, this.database, rows, done, by, kind === 'update' ? keep : undefined);
    await tx
      .updateTable('jobs')
      .set({ ...values, changed_at: this.database.now })
      .where(
        'number',
        'in',
        rows.map(({ number }) => number),
      )
      .execute();
    const counts = new CountChanges();
    const { state, queue } = values as { state?: JobState; queue?: string };
    for (const row of rows) {
      counts.add(row, row.state, -1);
      counts.add({ queue: queue ?? row.queue, type: row.type }, state ?? row.state);
    }
    await counts.write(tx, this.database);
    return { change };
  }

  #values({ queue, priority, when, maxRetries, timeoutMs, backoffBase, backoffMaxMs }: JobUpdate): NewValues {
    const policy = {
      ...{ max_retries: maxRetries, timeout_ms: timeoutMs, backoff_base: backoffBase, backoff_max_ms: backoffMaxMs },
    };
    const given = Object.entries({ queue, priority, ...policy }).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(given), ...(when && this.#moved(when)) };
  }

  /** A failed job that is due is made pending by the next worker that looks; a held one stays so. What expires does so later by as much. */
  #moved(when: When): NewValues {
    const { now } = this.database;
    const at: RawBuilder<number> = 'at' in when ? sql`${sql.lit(when.at)}` : sql`${now} + ${sql.lit(when.inMs)}`;
    const due = sql`case when state = 'failed' then ${now} end`;
    const from = sql`case when run_at > created_at then run_at else created_at end`;
    const to = sql`case when ${at} > ${now} then ${at} else ${now} end`;
    return {
      run_at: at,
      wake_at: sql`case when state = 'held' then null when ${at} > ${now} then ${at} else ${due} end`,
      expires_at: sql`expires_at + (${to}) - (${from})`,
    };
  }

  #whenDue(): RawBuilder<number | null> {
    return sql`case when run_at > ${this.database.now} then run_at end`;
  }
}

const RETRIED: NewValues = {
  ...{ state: 'pending', failures: 0, crashes: 0, progress: null },
  ...{ wake_at: null, expires_at: null, finished_at: null, key_lock: ownKey },
};

function wrongState(job: JobRow, kind: ChangeKind, from: readonly JobState[]): Conflict {
  const id = job.name ?? job.number;
  if (kind === 'cancel') {
    return new Conflict(`job ${id} is ${job.state} already: there is nothing to cancel`, [`queuectl show ${id}`]);
  }
  const next = job.state === 'processing' ? [`queuectl cancel ${id} ends it`] : [`queuectl why ${id} says more`];
  return new Conflict(`job ${id} is ${job.state}; only ${from.join(', ')} jobs can be ${CHANGES[kind].done} so`, next);
}
