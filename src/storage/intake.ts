// Puts jobs into the queue: the one transaction that an enqueue acknowledges.
import { sql } from 'kysely';
import { CommitUnknown, Conflict } from '../errors.js';
import { failPoint } from '../fail-point.js';
import type { CallerContext, JobPolicy } from '../job/job.js';
import type { When } from '../job/units.js';
import { storeContexts } from './contexts.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';

/** A checked request, ready to be stored. */
export interface NewJob extends JobPolicy {
  /** The user's id; null lets the number be the id. */
  name: string | null;
  queue: string;
  type: string;
  payload: Buffer;
  priority: number;
  when: When | null;
  env: Record<string, string> | null;
  context: CallerContext | null;
  parent: number | null;
}

/** Longer batches hold the write lock for too long. */
export const LARGEST_BATCH = 1000;

export class IntakeStore {
  constructor(private readonly database: Database) {}

  /**
   * Stores all of them or none.
   * @param jobs at most LARGEST_BATCH
   * @param token random, one a call: a commit whose result is unknown is looked up by it
   * @param again how often to ask again while a commit is in doubt: the token lets only one of them happen
   * @returns the numbers, in the order of the jobs
   * @throws Conflict when an id is taken
   */
  async insert(jobs: readonly NewJob[], token: string, again = 5): Promise<number[]> {
    try {
      return await this.database.transaction((tx) => this.#insert(tx, jobs, token));
    } catch (error) {
      // First of all: the ids that are taken may be taken by this very call, whose commit was in doubt.
      const stored = await this.#byToken(token).catch(() => undefined);
      if (stored) return stored;
      if (error instanceof CommitUnknown && again > 0) return this.insert(jobs, token, again - 1);
      throw this.database.dialect.isUniqueViolation(error) ? await this.#taken(jobs) : error;
    }
  }

  async #insert(tx: Executor, jobs: readonly NewJob[], token: string): Promise<number[]> {
    const { now } = this.database;
    const contexts = await storeContexts(
      tx,
      this.database,
      jobs.map(({ context }) => context),
    );
    const inserted = await tx
      .insertInto('jobs')
      .values(
        jobs.map((job) => ({
          name: job.name,
          queue: job.queue,
          type: job.type,
          state: 'pending' as const,
          priority: job.priority,
          ...this.#times(job.when),
          max_retries: job.maxRetries,
          timeout_ms: job.timeoutMs,
          backoff_base: job.backoffBase,
          backoff_max_ms: job.backoffMaxMs,
          parent: job.parent,
          created_at: now,
          changed_at: now,
        })),
      )
      .returning('number')
      .execute();
    // RETURNING promises no order; numbers are given in the order of the values.
    const numbers = inserted.map((row) => row.number).sort((a, b) => a - b);
    await tx
      .insertInto('specs')
      .values(
        jobs.map((job, index) => ({
          job: numbers[index]!,
          payload: job.payload,
          context: job.context && contexts.get(job.context)!,
          env: job.env && JSON.stringify(job.env),
        })),
      )
      .execute();
    const counts = new CountChanges();
    for (const job of jobs) counts.add(job, 'pending');
    await counts.write(tx, this.database);
    await tx
      .insertInto('requests')
      .values({ token, at: now, ...told(numbers) })
      .execute();
    failPoint('enqueue-before-commit');
    return numbers;
  }

  /** A job whose time has come is ready at once; another one is woken by upkeep. */
  #times(when: When | null) {
    const { now } = this.database;
    if (when === null) return { run_at: now, wake_at: null };
    if ('inMs' in when) {
      const at = sql<number>`${now} + cast(${when.inMs} as bigint)`;
      return { run_at: at, wake_at: when.inMs > 0 ? at : null };
    }
    return {
      run_at: when.at,
      wake_at: sql<number | null>`case when ${when.at} > ${now} then cast(${when.at} as bigint) end`,
    };
  }

  async #byToken(token: string): Promise<number[] | undefined> {
    const request = await this.database.kysely
      .selectFrom('requests')
      .select(['first', 'count', 'numbers'])
      .where('token', '=', token)
      .executeTakeFirst();
    if (!request) return undefined;
    if (request.numbers !== null) return JSON.parse(request.numbers);
    return Array.from({ length: request.count }, (_, index) => request.first + index);
  }

  async #taken(jobs: readonly NewJob[]): Promise<Conflict> {
    const names = jobs.map((job) => job.name).filter((name) => name !== null);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) return new Conflict(`the id "${twice}" stands in this batch twice`);
    const stored = await this.database.kysely
      .selectFrom('jobs')
      .select(['name', 'state'])
      .where('name', 'in', names)
      .executeTakeFirst();
    return new Conflict(`the id "${stored?.name ?? names[0]}" is taken${stored ? ` by a ${stored.state} job` : ''}`, [
      'choose another id, or leave it out to get a number',
    ]);
  }
}

/** What a request keeps of its numbers. They follow each other, unless others enqueue on a server at the same time. */
function told(numbers: readonly number[]): { first: number; count: number; numbers: string | null } {
  const [first, last, count] = [numbers[0]!, numbers.at(-1)!, numbers.length];
  return { first, count, numbers: last - first === count - 1 ? null : JSON.stringify(numbers) };
}
