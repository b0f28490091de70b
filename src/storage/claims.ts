// Takes ready jobs for a worker: reads the lanes from the counters, seeks each by one index, merges, and marks them.
import { sql } from 'kysely';
import type { CallerContext, Job } from '../job/job.js';
import type { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { type Holes, type Later, prepared, preparedLater } from './prepared.js';
import { contextOf, jobOf } from './rows.js';
import type { AttemptsTable, JobRow, SpecsTable } from './schema.js';

/** What a worker serves. Null is every queue. */
export interface Served {
  queues: readonly string[] | null;
  types: readonly string[];
}

/** Of these types, which run in the worker itself, so many more than it has room for at this moment. */
export interface Ahead {
  types: readonly string[];
  room: number;
}

export interface Wanted {
  served: Served;
  room: number;
  ahead?: Ahead;
  /** Who will run each of them; recorded, so that adoption needs no second commit. */
  runners?: readonly (string | null)[];
}

/** A job that a worker now holds, with all that its attempt needs. */
export interface Claim {
  job: Job;
  context: CallerContext | null;
  env: Record<string, string> | null;
  /** The queue's own policy, for a job that named none. */
  queuePolicy: { timeoutMs: number | null; maxRetries: number | null };
  /** Time between being ready for the first time and this start, ms; 0 for later attempts. */
  waitMs: number;
}

export interface Lane {
  queue: string;
  type: string;
  timeout_ms: number | null;
  max_retries: number | null;
  n: number;
}

interface ReadyIn {
  queue: string;
  type: string;
  room: number;
}

interface Ready {
  number: number;
  priority: number;
}

/** Stands where a launcher's identity stands else: claimed ahead, to be run by the worker itself. */
export const IN_WORKER = 'worker';

const CONTEXTS_KEPT = 1000;

export class ClaimStore {
  /** Contexts never change, and a million jobs may share one. */
  readonly #contexts = new Map<number, CallerContext>();

  constructor(private readonly database: Database) {}

  /** All lanes with jobs that wait for nothing, as they are now and without what this transaction changes. */
  lanes(tx: Executor): Promise<Later<Lane>> {
    return this.#lanes({}, tx);
  }

  /**
   * @param all the lanes
   * @param counts of this transaction so far; to be written by the caller
   * @returns in the order of their start: higher priority first, then the lower number; those beyond the room come last
   */
  async claim(
    tx: Executor,
    worker: number,
    wanted: Wanted,
    all: readonly Lane[],
    counts: CountChanges,
  ): Promise<Claim[]> {
    const { served, runners = [] } = wanted;
    const lanes = all.filter((lane) => serves(served, lane) && lane.n + counts.of(lane, 'pending') > 0);
    const chosen = await this.#choose(tx, lanes, wanted);
    if (chosen.length === 0) return [];
    const asked = await this.#specsOf({ json: jsonOf(chosen) }, tx);
    const rows = await this.#mark(tx, worker, chosen, runners);
    for (const row of rows) counts.move(row, 'pending', 'processing');
    const specs = await this.#specs(tx, await asked());
    const policies = new Map(
      lanes.map((lane) => [lane.queue, { timeoutMs: lane.timeout_ms, maxRetries: lane.max_retries }]),
    );
    return rows.map((row) => {
      const spec = specs.get(row.number)!;
      return {
        job: jobOf({ ...row, payload: spec.payload }),
        context: spec.context === null ? null : this.#contexts.get(spec.context)!,
        env: spec.env === null ? null : JSON.parse(spec.env),
        queuePolicy: policies.get(row.queue)!,
        waitMs: row.attempt === 1 ? Math.max(0, row.started_at! - Math.max(row.run_at, row.created_at)) : 0,
      };
    });
  }

  readonly #lanes = preparedLater<object, Lane>(() =>
    this.database.kysely
      .selectFrom('counts')
      .leftJoin('queues', 'queues.name', 'counts.queue')
      .select(['counts.queue', 'counts.type', 'queues.timeout_ms', 'queues.max_retries'])
      .select(({ fn }) => fn.sum<number>('counts.n').as('n'))
      .where('counts.state', '=', 'pending')
      .where('queues.paused_at', 'is', null)
      .groupBy(['counts.queue', 'counts.type', 'queues.timeout_ms', 'queues.max_retries']),
  );

  /**
   * The first jobs of all lanes, locked where that is needed. What another transaction has locked is left to it; nothing
   * is locked that is not taken, or two workers could hide each other's last jobs.
   */
  async #choose(tx: Executor, lanes: readonly Lane[], { room, ahead }: Wanted): Promise<number[]> {
    const first = lanes.length === 1 ? this.#freeReady : this.#ready;
    const roomOf = ({ type }: Lane) => (ahead?.types.includes(type) ? room + ahead.room : room);
    const ready: (Ready & { lane: Lane })[] = [];
    for (const lane of lanes) {
      const { queue, type } = lane;
      if (roomOf(lane) === 0) continue;
      for (const job of await first({ queue, type, room: roomOf(lane) }, tx)) ready.push({ ...job, lane });
    }
    const chosen: typeof ready = [];
    for (const job of inOrder(ready)) if (chosen.length < roomOf(job.lane)) chosen.push(job);
    if (lanes.length === 1 || this.database.dialect.oneWriter) return chosen.map(({ number }) => number);
    const free: Ready[] = [];
    for (const lane of new Set(chosen.map((job) => job.lane))) {
      const { queue, type } = lane;
      const some = chosen.filter((job) => job.lane === lane).length;
      free.push(...(await this.#freeReady({ queue, type, room: some }, tx)));
    }
    return inOrder(free).map(({ number }) => number);
  }

  readonly #ready = prepared<ReadyIn, Ready>((holes) => this.#readyIn(holes));
  readonly #freeReady = prepared<ReadyIn, Ready>((holes) =>
    this.database.dialect.lock(this.#readyIn(holes), 'free jobs'),
  );

  #readyIn({ queue, type, room }: Holes<ReadyIn>) {
    return this.database.kysely
      .selectFrom('jobs')
      .select(['number', 'priority'])
      .where('queue', '=', queue)
      .where('type', '=', type)
      .where(sql<boolean>`state = 'pending' and wake_at is null`) // word for word the condition of jobs_ready
      .orderBy('priority', 'desc')
      .orderBy('number')
      .limit(room);
  }

  /** A SELECT of the ids and an UPDATE by id beat one UPDATE with a subquery: 14k against 10k claims a second. */
  async #mark(tx: Executor, worker: number, numbers: number[], runners: readonly (string | null)[]): Promise<JobRow[]> {
    const rows = await this.#markJobs({ worker, json: jsonOf(numbers) }, tx);
    const order = new Map(numbers.map((number, index) => [number, index]));
    rows.sort((a, b) => order.get(a.number)! - order.get(b.number)!);
    const begun = rows.map((row, index) => [row.number, row.attempt, runners[index] ?? null, row.started_at]);
    await this.#addAttempts({ worker, json: JSON.stringify(begun) }, tx);
    return rows;
  }

  readonly #markJobs = prepared<{ worker: number; json: string }, JobRow>(({ worker, json }) => {
    const { now, kysely, dialect } = this.database;
    return kysely
      .updateTable('jobs')
      .set({
        state: 'processing',
        attempt: sql`attempt + 1`,
        worker,
        started_at: now,
        changed_at: now,
        expires_at: null,
        progress: null,
      })
      .where(sql<boolean>`number ${dialect.among(json)}`)
      .where('state', '=', 'pending') // no more of that, or the index of ready jobs would fit and be read to its end
      .where(sql<boolean>`(expires_at is null or expires_at > ${now})`) // it may have expired in this moment
      .returningAll();
  });

  readonly #addAttempts = prepared<{ worker: number; json: string }, never>(({ worker, json }) => {
    const columns = { job: 'ms', attempt: 'integer', runner: 'text', started_at: 'ms' } as const;
    const begun = this.database.dialect.rows<BegunAttempt>(json, columns);
    return this.database.kysely
      .insertInto('attempts')
      .columns(['worker', 'job', 'attempt', 'runner', 'started_at'])
      .expression((db) =>
        db
          .selectFrom(begun.as('begun'))
          .select([sql<number>`cast(${worker} as bigint)`.as('worker'), 'job', 'attempt', 'runner', 'started_at']),
      )
      .$castTo<never>();
  }, 'nothing');

  async #specs(tx: Executor, specs: readonly SpecsTable[]) {
    const unknown = specs.map((spec) => spec.context).filter((n) => n !== null && !this.#contexts.has(n)) as number[];
    if (unknown.length > 0) {
      if (this.#contexts.size > CONTEXTS_KEPT) this.#contexts.clear();
      const needed = specs.map((spec) => spec.context).filter((n) => n !== null);
      const rows = await tx.selectFrom('contexts').selectAll().where('number', 'in', needed).execute();
      for (const row of rows) this.#contexts.set(row.number, contextOf(row));
    }
    return new Map(specs.map((spec) => [spec.job, spec]));
  }

  readonly #specsOf = preparedLater<{ json: string }, SpecsTable>(({ json }) =>
    this.database.kysely
      .selectFrom('specs')
      .selectAll()
      .where(sql<boolean>`job ${this.database.dialect.among(json)}`),
  );
}

type BegunAttempt = Pick<AttemptsTable, 'job' | 'attempt' | 'runner' | 'started_at'>;

function jsonOf(numbers: readonly number[]): string {
  return JSON.stringify(numbers.map((number) => [number]));
}

function inOrder<J extends Ready>(jobs: J[]): J[] {
  return jobs.sort((a, b) => b.priority - a.priority || a.number - b.number);
}

function serves({ queues, types }: Served, lane: Lane): boolean {
  return (queues === null || queues.includes(lane.queue)) && types.includes(lane.type);
}
