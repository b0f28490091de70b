// Reads jobs: one by its id, many by a filter, and all that is known of one.
import { type NotNull, sql } from 'kysely';
import {
  type Attempt,
  ENDED_STATES,
  type Job,
  type JobEvent,
  type JobState,
  type JobSurroundings,
} from '../job/job.js';
import type { Condition } from '../job/where.js';
import { conditionSql } from './conditions.js';
import { readCounts } from './counts.js';
import type { Database } from './database.js';
import type { Stream } from './files.js';
import { attemptOf, type JobWithPayloadRow, jobOf } from './rows.js';
import type { StoredOutput } from './settlements.js';

export interface JobFilter {
  states?: readonly JobState[];
  queue?: string;
  type?: string;
  cause?: string;
  /** Only jobs created since, epoch ms. */
  since?: number;
  where?: Condition;
  /** Only these numbers. */
  numbers?: readonly number[];
  /** Only jobs with a higher number. */
  after?: number;
  /** Only jobs with a lower number. */
  before?: number;
}

export const SORTS = ['number', 'priority', 'run_at', 'created_at', 'changed_at', 'started_at', 'finished_at'] as const;
export type Sort = (typeof SORTS)[number];

const TIMES_TO_COME: readonly Sort[] = ['started_at', 'finished_at'];

export interface Page {
  sort?: Sort;
  descending?: boolean;
  limit: number;
  /** Leaves out so many; jobs in the order of their numbers are better asked for by `after` or `before`. */
  offset?: number;
}

export interface DeadCause {
  cause: string | null;
  count: number;
  /** When the first and the last of them ended, epoch ms. */
  first: number;
  last: number;
}

export class JobStore {
  constructor(private readonly database: Database) {}

  /** By the user's id, else by number. */
  async find(id: string): Promise<Job | undefined> {
    const row = await withPayload(this.database)
      .where(isNumber(id) ? 'number' : 'name', '=', isNumber(id) ? Number(id) : id)
      .executeTakeFirst();
    return row && jobOf(row);
  }

  async list(filter: JobFilter, page: Page): Promise<Job[]> {
    return (await this.#rows(filter, page)).map(jobOf);
  }

  /** Their numbers alone, ascending. */
  async numbers(filter: JobFilter, limit: number): Promise<number[]> {
    return (await this.#rows(filter, { limit }, ['jobs.number'])).map(({ number }) => number);
  }

  async #rows(filter: JobFilter, page: Page, columns?: readonly 'jobs.number'[]): Promise<JobWithPayloadRow[]> {
    const { sort = 'number', descending = false, limit, offset = 0 } = page;
    const direction = descending ? 'desc' : 'asc';
    const inLanes = filter.states || filter.queue !== undefined || filter.type !== undefined;
    if (sort === 'number' && inLanes && !filter.numbers && offset === 0)
      return this.#inLanes(filter, direction, limit, columns);
    const indexed = sort === 'finished_at' && filter.states?.every((state) => ENDED_STATES.includes(state));
    const inOrder = (jobs: JobQuery) => {
      let query = jobs;
      if (indexed)
        query = query.where('finished_at', 'is not', null); // lets it go by jobs_ended
      // The databases differ in where they put what has no such time yet.
      else if (TIMES_TO_COME.includes(sort)) query = query.orderBy(sql`${sql.ref(sort)} is not null`, direction);
      if (sort !== 'number') query = query.orderBy(sort, direction);
      return query.orderBy('number', direction);
    };
    const paged = (jobs: JobQuery) => {
      const found = inOrder(this.#within(filter, jobs)).limit(limit);
      return offset > 0 ? found.offset(offset) : found;
    };
    if (sort === 'number' || indexed || columns) return narrowed(paged(withPayload(this.database)), columns).execute();
    // All that fit are read and sorted: of numbers that takes a third of the time that it takes of whole rows.
    const numbers = paged(withSpecs(this.database)).clearSelect().select('jobs.number');
    return inOrder(withPayload(this.database).where('jobs.number', 'in', numbers)).execute();
  }

  /**
   * The counters name every non-empty combination of queue, type and state: one index seek each, then a merge, stays
   * flat where a scan of a million jobs takes 60 ms.
   */
  async #inLanes(filter: JobFilter, direction: 'asc' | 'desc', limit: number, columns?: readonly 'jobs.number'[]) {
    const lanes = (await readCounts(this.database.kysely)).filter(
      ({ queue, type, state }) =>
        (filter.queue ?? queue) === queue &&
        (filter.type ?? type) === type &&
        (filter.states ?? [state]).includes(state),
    );
    const rows = [];
    for (const { queue, type, state } of lanes) {
      const lane = narrowed(this.#filtered(filter, withPayload(this.database)), columns)
        .where('queue', '=', queue)
        .where('type', '=', type)
        .where('state', '=', state);
      rows.push(...(await lane.orderBy('number', direction).limit(limit).execute()));
    }
    rows.sort((a, b) => (direction === 'asc' ? a.number - b.number : b.number - a.number));
    return rows.slice(0, limit);
  }

  /** How many jobs fit. */
  async count(filter: JobFilter): Promise<number> {
    const row = await this.#within(filter, withSpecs(this.database))
      .clearSelect()
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return row.n;
  }

  /** The numbers that there are in a range, ascending. */
  async range(from: number, to: number): Promise<number[]> {
    const query = this.database.kysely.selectFrom('jobs').select('number').orderBy('number');
    const rows = await query.where('number', '>=', from).where('number', '<=', to).execute();
    return rows.map(({ number }) => number);
  }

  /** The job that this user enqueued last, or so many before it. Follow-up jobs of jobs are nobody's. */
  async last(uid: number | null, back: number): Promise<number | undefined> {
    const row = await this.database.kysely
      .selectFrom('jobs')
      .innerJoin('specs', 'specs.job', 'jobs.number')
      .innerJoin('contexts', 'contexts.number', 'specs.context')
      .select('jobs.number')
      .where('contexts.uid', 'is not distinct from', uid)
      .orderBy('jobs.number', 'desc')
      .limit(1)
      .offset(back)
      .executeTakeFirst();
    return row?.number;
  }

  /** How many jobs of the DLQ have each cause, the most frequent first. */
  async deadByCause(queue: string | undefined): Promise<DeadCause[]> {
    let query = this.database.kysely
      .selectFrom('jobs')
      .select(({ fn }) => ['cause', fn.countAll<number>().as('n')])
      .select(({ fn }) => [fn.min('finished_at').as('first'), fn.max('finished_at').as('last')])
      .where('state', '=', 'dead')
      .where('finished_at', 'is not', null);
    if (queue !== undefined) query = query.where('queue', '=', queue);
    const rows = await query.groupBy('cause').orderBy('n', 'desc').orderBy('cause').execute();
    return rows.map(({ cause, n, first, last }) => ({ cause, count: n, first: first!, last: last! }));
  }

  /** Jobs that run now, with the number of the worker that holds them. */
  async running(): Promise<Job[]> {
    const rows = await withPayload(this.database)
      .where(sql<boolean>`state = 'processing'`) // a literal and no order: the plan then goes by jobs_running
      .where('worker', 'is not', null)
      .limit(1000)
      .execute();
    return rows.map(jobOf).sort((a, b) => a.number - b.number);
  }

  /** How many jobs of the DLQ these workers ran last, by their numbers. */
  async deadByWorker(workers: readonly { number: number; startedAt: number }[]): Promise<Map<number, number>> {
    if (workers.length === 0) return new Map();
    const rows = await this.database.kysely
      .selectFrom('jobs')
      .innerJoin('attempts', (join) =>
        join.onRef('attempts.job', '=', 'jobs.number').onRef('attempts.attempt', '=', 'jobs.attempt'),
      )
      .select(({ fn }) => ['attempts.worker', fn.countAll<number>().as('n')])
      .where('jobs.state', '=', 'dead')
      .where('jobs.finished_at', '>=', Math.min(...workers.map(({ startedAt }) => startedAt)))
      .where(
        'attempts.worker',
        'in',
        workers.map(({ number }) => number),
      )
      .groupBy('attempts.worker')
      .execute();
    return new Map(rows.map(({ worker, n }) => [worker, n]));
  }

  async surroundings(job: number): Promise<JobSurroundings> {
    const row = await this.database.kysely
      .selectFrom('specs')
      .leftJoin('contexts', 'contexts.number', 'specs.context')
      .select(['contexts.cwd', 'contexts.umask', 'specs.env'])
      .where('specs.job', '=', job)
      .executeTakeFirst();
    return { cwd: row?.cwd ?? null, umask: row?.umask ?? null, env: row?.env ? JSON.parse(row.env) : {} };
  }

  async attempts(job: number): Promise<Attempt[]> {
    const rows = await this.database.kysely
      .selectFrom('attempts')
      .selectAll()
      .where('job', '=', job)
      .orderBy('attempt')
      .execute();
    return rows.map(attemptOf);
  }

  async events(job: number): Promise<JobEvent[]> {
    return this.database.kysely
      .selectFrom('events')
      .select(['at', 'what', 'who', 'before'])
      .where('job', '=', job)
      .orderBy('number')
      .execute();
  }

  async outputs(job: number, attempt: number): Promise<StoredOutput[]> {
    const rows = await this.database.kysely
      .selectFrom('outputs')
      .selectAll()
      .where('job', '=', job)
      .where('attempt', '=', attempt)
      .orderBy('stream')
      .execute();
    return rows.map((row) => ({
      stream: row.stream as Stream,
      head: row.head ?? Buffer.alloc(0),
      tail: row.tail,
      cutBytes: row.cut_bytes,
    }));
  }

  #within(filter: JobFilter, jobs: JobQuery) {
    let query = this.#filtered(filter, jobs);
    if (filter.states) query = query.where('state', 'in', filter.states);
    if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue);
    if (filter.type !== undefined) query = query.where('type', '=', filter.type);
    return query;
  }

  /** All of a filter but its lanes. */
  #filtered({ cause, since, where, numbers, after, before }: JobFilter, jobs: JobQuery) {
    const { dialect } = this.database;
    let query = jobs;
    if (cause !== undefined) query = query.where('cause', '=', cause);
    if (since !== undefined) query = query.where('created_at', '>=', since);
    if (where !== undefined) query = query.where(conditionSql(this.database, where));
    if (numbers !== undefined) {
      const json = JSON.stringify(numbers.map((number) => [number]));
      query = query.where(sql<boolean>`jobs.number ${dialect.among(sql`${json}`)}`);
    }
    if (after !== undefined) query = query.where('number', '>', after);
    if (before !== undefined) query = query.where('number', '<', before);
    return query;
  }
}

type JobQuery = ReturnType<typeof withSpecs>;

/** A job whose payload a damaged file has lost is left out: the others are to be seen. */
function withPayload(database: Database) {
  return withSpecs(database).where('specs.job', 'is not', null);
}

/** A left join is left out by the databases where nothing of it is asked for. */
function withSpecs({ kysely }: Database) {
  return kysely
    .selectFrom('jobs')
    .leftJoin('specs', 'specs.job', 'jobs.number')
    .selectAll('jobs')
    .select('specs.payload')
    .$narrowType<{ payload: NotNull }>();
}

/** A query for the payload of a job is dear, where its number is all that is asked for. */
function narrowed<Q extends { clearSelect(): unknown }>(query: Q, columns: readonly string[] | undefined): Q {
  return columns
    ? ((query.clearSelect() as { select(names: readonly string[]): unknown }).select(columns) as Q)
    : query;
}

/** Numbers are ours: no id that a user gives is one. */
export function isNumber(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}
