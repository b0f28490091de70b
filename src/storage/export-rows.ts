// Reads a queue to be moved, page by page: short reads, and memory for one page.
import type { Database } from './database.js';
import type { JobFilter } from './jobs.js';
import {
  ATTEMPT_COLUMNS,
  JOB_COLUMNS,
  type MovedAttempt,
  type MovedEvent,
  type MovedJob,
  type MovedOutput,
  type MovedQueue,
  type MovedSetting,
  type MovedStep,
  QUEUE_COLUMNS,
} from './moved.js';
import { contextOf } from './rows.js';

const PAGE = 500;
/** Each may have 64 KiB an attempt. */
const OUTPUTS_OF = 50;

export class ExportStore {
  constructor(private readonly database: Database) {}

  /** What was set by people; not what the store says about itself. */
  async settings(): Promise<MovedSetting[]> {
    return this.database.kysely
      .selectFrom('settings')
      .select(['name', 'value', 'changed_at', 'who'])
      .where('name', 'not like', 'store.%')
      .orderBy('name')
      .execute();
  }

  async queues(): Promise<MovedQueue[]> {
    return this.database.kysely.selectFrom('queues').select(QUEUE_COLUMNS).orderBy('name').execute();
  }

  /** By number. Each page is read after the one before: a job that changes meanwhile is told as it is then. */
  async *jobs(filter: Pick<JobFilter, 'states' | 'queue'>): AsyncGenerator<MovedJob> {
    for (let after = 0; ; ) {
      const rows = await this.#page(filter, after);
      if (rows.length === 0) return;
      for (let from = 0; from < rows.length; from += OUTPUTS_OF) {
        const some = rows.slice(from, from + OUTPUTS_OF);
        const numbers = some.map(({ number }) => number);
        const events = await this.#events(numbers);
        const attempts = await this.#attempts(numbers);
        const steps = await this.#steps(numbers);
        for (const { payload, context_env, host, uid, cwd, umask, env, ...job } of some) {
          yield {
            ...job,
            payload: JSON.parse(payload.toString('utf8')),
            context: host === null ? null : contextOf({ host, uid, cwd, umask, env: context_env! }),
            env: env === null ? null : JSON.parse(env),
            attempts: attempts.get(job.number) ?? [],
            steps: steps.get(job.number) ?? [],
            events: events.get(job.number) ?? [],
          };
        }
      }
      after = rows.at(-1)!.number;
    }
  }

  #page({ states, queue }: Pick<JobFilter, 'states' | 'queue'>, after: number) {
    let query = this.database.kysely
      .selectFrom('jobs')
      .innerJoin('specs', 'specs.job', 'jobs.number')
      .leftJoin('contexts', 'contexts.number', 'specs.context')
      .select(['jobs.number', ...JOB_COLUMNS.map((column) => `jobs.${column}` as const)])
      .select(['specs.payload', 'specs.env', 'contexts.host', 'contexts.uid', 'contexts.cwd', 'contexts.umask'])
      .select('contexts.env as context_env')
      .where('jobs.number', '>', after);
    if (states) query = query.where('jobs.state', 'in', states);
    if (queue !== undefined) query = query.where('jobs.queue', '=', queue);
    return query.orderBy('jobs.number').limit(PAGE).execute();
  }

  async #attempts(numbers: readonly number[]): Promise<Map<number, MovedAttempt[]>> {
    const rows = await this.database.kysely
      .selectFrom('attempts')
      .leftJoin('workers', 'workers.number', 'attempts.worker')
      .select(['attempts.job', ...ATTEMPT_COLUMNS.map((column) => `attempts.${column}` as const)])
      .select(['workers.name', 'workers.host', 'workers.host_name'])
      .where('attempts.job', 'in', numbers)
      .orderBy('attempts.job')
      .orderBy('attempts.attempt')
      .execute();
    if (rows.length === 0) return new Map();
    const outputs = await this.#outputs(numbers);
    return grouped(rows, ({ job, name, host, host_name, ...attempt }) => ({
      ...attempt,
      worker: name === null ? null : { name, host: host!, host_name: host_name! },
      outputs: outputs.get(`${job}.${attempt.attempt}`) ?? [],
    }));
  }

  /** By job and attempt. */
  async #outputs(numbers: readonly number[]): Promise<Map<string, MovedOutput[]>> {
    const rows = await this.database.kysely
      .selectFrom('outputs')
      .selectAll()
      .where('job', 'in', numbers)
      .orderBy('job')
      .orderBy('attempt')
      .orderBy('stream')
      .execute();
    const keyed = rows.map((row) => ({ ...row, job: `${row.job}.${row.attempt}` }));
    return grouped(keyed, ({ stream, head, tail, cut_bytes }) => ({
      stream,
      head: head?.toString('base64') ?? null,
      tail: tail?.toString('base64') ?? null,
      cut_bytes,
    }));
  }

  async #steps(numbers: readonly number[]): Promise<Map<number, MovedStep[]>> {
    const rows = await this.database.kysely
      .selectFrom('steps')
      .selectAll()
      .where('job', 'in', numbers)
      .orderBy('job')
      .orderBy('name')
      .execute();
    return grouped(rows, ({ name, attempt, value }) => ({ name, attempt, value: value.toString('base64') }));
  }

  async #events(numbers: readonly number[]): Promise<Map<number, MovedEvent[]>> {
    const rows = await this.database.kysely
      .selectFrom('events')
      .select(['job', 'at', 'what', 'who', 'before'])
      .where('job', 'in', numbers)
      .orderBy('job')
      .orderBy('number')
      .execute();
    return grouped(rows, ({ job: _, ...event }) => event);
  }
}

function grouped<K, R extends { job: K }, V>(rows: readonly R[], read: (row: R) => V): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const row of rows) {
    const group = groups.get(row.job);
    if (group) group.push(read(row));
    else groups.set(row.job, [read(row)]);
  }
  return groups;
}
