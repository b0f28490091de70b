// Reads jobs: one by its id, many by a filter, and all that is known of one.
import type { Attempt, Job, JobEvent, JobState } from '../job/job.js';
import type { Database } from './database.js';
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
    let query = this.#withPayload().limit(limit);
    if (filter.states) query = query.where('state', 'in', filter.states);
    if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue);
    if (filter.type !== undefined) query = query.where('type', '=', filter.type);
    if (filter.cause !== undefined) query = query.where('cause', '=', filter.cause);
    if (filter.since !== undefined) query = query.where('created_at', '>=', filter.since);
    if (filter.after !== undefined) query = query.where('number', '>', filter.after);
    if (sort !== 'number') query = query.orderBy(sort, direction);
    const rows = await query.orderBy('number', direction).execute();
    return rows.map(jobOf);
  }

  /** Jobs that run now, with the number of the worker that holds them. */
  async running(): Promise<Job[]> {
    const rows = await this.#withPayload()
      .where('state', '=', 'processing')
      .where('worker', 'is not', null)
      .orderBy('number')
      .limit(1000)
      .execute();
    return rows.map(jobOf);
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
      .where('attempts.worker', 'in', workers.map(({ number }) => number))
      .groupBy('attempts.worker')
      .execute();
    return new Map(rows.map(({ worker, n }) => [worker, n]));
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
      stream: row.stream as 1 | 2,
      head: row.head ?? Buffer.alloc(0),
      tail: row.tail,
      cutBytes: row.cut_bytes,
    }));
  }

  #withPayload() {
    return this.database.kysely
      .selectFrom('jobs')
      .innerJoin('specs', 'specs.job', 'jobs.number')
      .selectAll('jobs')
      .select('specs.payload');
  }
}

function isNumber(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}
