// Reads jobs: one by its id, many by a filter, and all that is known of one.
import { sql } from 'kysely';
import {
  type Attempt,
  ENDED_STATES,
  type Job,
  type JobEvent,
  type JobState,
  type JobSurroundings,
} from '../job/job.js';
import { readCounts } from './counts.js';
import type { Database } from './database.js';
import type { Stream } from './files.js';
import { attemptOf, jobOf } from './rows.js';
import type { StoredOutput } from './settlements.js';

export interface JobFilter {
  states?: readonly JobState[];
  queue?: string;
  type?: string;
  cause?: string;
  /** Only jobs created since, epoch ms. */
  since?: number;
  /** Only jobs with a higher number. */
  after?: number;
}

export const SORTS = ['number', 'priority', 'run_at', 'created_at', 'changed_at', 'started_at', 'finished_at'] as const;
export type Sort = (typeof SORTS)[number];

const TIMES_TO_COME: readonly Sort[] = ['started_at', 'finished_at'];

export interface Page {
  sort?: Sort;
  descending?: boolean;
  limit: number;
}

export class JobStore {
  constructor(private readonly database: Database) {}

  /** By the user's id, else by number. */
  async find(id: string): Promise<Job | undefined> {
    const row = await this.#withPayload()
      .where(isNumber(id) ? 'number' : 'name', '=', isNumber(id) ? Number(id) : id)
      .executeTakeFirst();
    return row && jobOf(row);
  }

  async list(filter: JobFilter, { sort = 'number', descending = false, limit }: Page): Promise<Job[]> {
    const direction = descending ? 'desc' : 'asc';
    if (sort === 'number' && (filter.states || filter.queue !== undefined || filter.type !== undefined)) {
      return this.#listLanes(filter, direction, limit);
    }
    let query = this.#filtered(filter).limit(limit);
    if (filter.states) query = query.where('state', 'in', filter.states);
    if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue);
    if (filter.type !== undefined) query = query.where('type', '=', filter.type);
    const indexed = sort === 'finished_at' && filter.states?.every((state) => ENDED_STATES.includes(state));
    if (indexed)
      query = query.where('finished_at', 'is not', null); // lets it go by jobs_ended
    // The databases differ in where they put what has no such time yet.
    else if (TIMES_TO_COME.includes(sort)) query = query.orderBy(sql`${sql.ref(sort)} is not null`, direction);
    if (sort !== 'number') query = query.orderBy(sort, direction);
    const rows = await query.orderBy('number', direction).execute();
    return rows.map(jobOf);
  }

  /**
   * The counters name every non-empty combination of queue, type and state: one index seek each, then a merge, stays
   * flat where a scan of a million jobs takes 60 ms.
   */
  async #listLanes(filter: JobFilter, direction: 'asc' | 'desc', limit: number): Promise<Job[]> {
    const lanes = (await readCounts(this.database.kysely)).filter(
      ({ queue, type, state }) =>
        (filter.queue ?? queue) === queue &&
        (filter.type ?? type) === type &&
        (filter.states ?? [state]).includes(state),
    );
    const rows = [];
    for (const { queue, type, state } of lanes) {
      const lane = this.#filtered(filter)
        .where('queue', '=', queue)
        .where('type', '=', type)
        .where('state', '=', state);
      rows.push(...(await lane.orderBy('number', direction).limit(limit).execute()));
    }
    rows.sort((a, b) => (direction === 'asc' ? a.number - b.number : b.number - a.number));
    return rows.slice(0, limit).map(jobOf);
  }

  /** Jobs that run now, with the number of the worker that holds them. */
  async running(): Promise<Job[]> {
    const rows = await this.#withPayload()
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

  #filtered({ cause, since, after }: JobFilter) {
    let query = this.#withPayload();
    if (cause !== undefined) query = query.where('cause', '=', cause);
    if (since !== undefined) query = query.where('created_at', '>=', since);
    if (after !== undefined) query = query.where('number', '>', after);
    return query;
  }

  #withPayload() {
    return this.database.kysely
      .selectFrom('jobs')
      .innerJoin('specs', 'specs.job', 'jobs.number')
      .selectAll('jobs')
      .select('specs.payload');
  }
}

/** Numbers are ours: no id that a user gives is one. */
export function isNumber(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}
