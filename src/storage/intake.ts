// Puts jobs into the queue: the one transaction that an enqueue acknowledges.
import { sql } from 'kysely';
import { CommitUnknown, Conflict } from '../errors.js';
import { failPoint } from '../fail-point.js';
import type { CallerContext, JobPolicy } from '../job/job.js';
import type { When } from '../job/units.js';
import { storeContexts } from './contexts.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import type { ColumnKind } from './dialect.js';
import { preparedFor } from './prepared.js';
import type { JobRow, SpecsTable } from './schema.js';

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
  /** The number of the first job of a call that enqueues many: `first` where that one is among these. */
  batch?: number | 'first';
}

/** Longer batches hold the write lock for too long. */
export const LARGEST_BATCH = 1000;

const PORTION_BYTES = 8 * 1024 * 1024;

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
      const { numbers, wake } = await this.database.transaction((tx) => this.#insert(tx, jobs, token));
      await wake();
      return numbers;
    } catch (error) {
      // First of all: the ids that are taken may be taken by this very call, whose commit was in doubt.
      const stored = await this.#byToken(token).catch(() => undefined);
      if (stored) {
        this.database.wake('resting');
        return stored;
      }
      if (error instanceof CommitUnknown && again > 0) return this.insert(jobs, token, again - 1);
      throw this.database.dialect.isUniqueViolation(error) ? await this.#taken(jobs) : error;
    }
  }

  async #insert(tx: Executor, jobs: readonly NewJob[], token: string) {
    const counts = new CountChanges();
    const numbers = await storeJobs(tx, this.database, jobs, counts);
    if (jobs[0]?.batch === 'first') {
      await setBatch(this.database, { batch: numbers[0]!, json: JSON.stringify(numbers.map((one) => [one])) }, tx);
    }
    await counts.write(tx, this.database);
    await addRequest(this.database, { token, ...told(numbers) }, tx);
    const wake = await this.database.wakeWith(tx);
    failPoint('enqueue-before-commit');
    return { numbers, wake };
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
    const stored = (await named(this.database.kysely, names))[0];
    return new Conflict(`the id "${stored?.name ?? names[0]}" is taken${stored ? ` by a ${stored.state} job` : ''}`, [
      'choose another id, or leave it out to get a number',
    ]);
  }
}

export async function takenNames(tx: Executor, names: readonly string[]): Promise<string[]> {
  return (await named(tx, names)).map(({ name }) => name!);
}

function named(db: Executor, names: readonly string[]) {
  return db.selectFrom('jobs').select(['name', 'state']).where('name', 'in', names).execute();
}

/**
 * A part of a transaction.
 * @param counts of that transaction, to be written by the caller
 * @returns the numbers, in the order of the jobs
 */
export async function storeJobs(
  tx: Executor,
  database: Database,
  jobs: readonly NewJob[],
  counts: CountChanges,
): Promise<number[]> {
  const surroundings = jobs.map(({ context }) => context);
  const stored = await storeContexts(tx, database, surroundings);
  const inserted = await addJobs(database, { json: JSON.stringify(jobs.map(valuesOf)) }, tx);
  // RETURNING promises no order; numbers are given in the order of the values.
  const numbers = inserted.map((row) => row.number).sort((a, b) => a - b);
  const contexts = await stored();
  const specs = jobs.map((job, index) => ({
    ...job,
    number: numbers[index]!,
    context: job.context && contexts.get(job.context)!,
  }));
  for (const some of portions(specs)) await addSpecs(database, { json: JSON.stringify(some.map(specOf)) }, tx);
  for (const job of jobs) counts.add(job, 'pending');
  return numbers;
}

/** One parameter for all of them: with 15 for each job, PostgreSQL took twice as long for a batch. */
const addJobs = preparedFor<{ json: string }, { number: number }>(({ kysely, dialect, now }, { json }) =>
  kysely
    .insertInto('jobs')
    .columns([...GIVEN, 'state', 'run_at', 'wake_at', 'created_at', 'changed_at'])
    .expression((db) =>
      db
        .selectFrom(dialect.rows<Given>(json, GIVEN_KINDS).as('given'))
        .select([
          ...GIVEN,
          sql.lit('pending').as('state'),
          // A job whose time has come is ready at once; another one is woken by upkeep.
          sql<number>`coalesce(at, ${now} + coalesce(in_ms, 0))`.as('run_at'),
          sql<number>`case when in_ms > 0 then ${now} + in_ms when at > ${now} then at end`.as('wake_at'),
          now.as('created_at'),
          now.as('changed_at'),
        ])
        .where(sql<boolean>`true`),
    )
    .returning('number'),
);

/** Like `addJobs`: one statement's text, whatever their number. */
const addSpecs = preparedFor<{ json: string }, never>(({ kysely, dialect }, { json }) => {
  const kinds = { job: 'ms', payload: 'bytes', context: 'ms', env: 'text' } as const;
  return kysely
    .insertInto('specs')
    .columns(['job', 'payload', 'context', 'env'])
    .expression((db) => db.selectFrom(dialect.rows<SpecsTable>(json, kinds).as('added')).selectAll())
    .$castTo<never>();
}, 'nothing');

/** Only now is the number of the first one known. */
const setBatch = preparedFor<{ batch: number; json: string }, never>(
  ({ kysely, dialect }, { batch, json }) =>
    kysely
      .updateTable('jobs')
      .set({ batch })
      .where(sql<boolean>`number ${dialect.among(json)}`)
      .$castTo<never>(),
  'nothing',
);

const addRequest = preparedFor<{ token: string } & Told, never>(
  ({ kysely, now }, { token, first, count, numbers }) =>
    kysely.insertInto('requests').values({ token, at: now, first, count, numbers }).$castTo<never>(),
  'nothing',
);

const GIVEN = [
  'name',
  'queue',
  'type',
  'priority',
  'max_retries',
  'timeout_ms',
  'backoff_base',
  'backoff_max_ms',
  'parent',
  'batch',
] as const;

const GIVEN_KINDS: Record<keyof Given, ColumnKind> = {
  ...{ name: 'text', queue: 'text', type: 'text', priority: 'integer', max_retries: 'integer', timeout_ms: 'ms' },
  ...{ backoff_base: 'real', backoff_max_ms: 'ms', parent: 'ms', batch: 'ms', in_ms: 'ms', at: 'ms' },
};

type Given = Pick<JobRow, (typeof GIVEN)[number]> & { in_ms: number | null; at: number | null };

/** In the order of GIVEN_KINDS. */
function valuesOf(job: NewJob) {
  const policy = [job.maxRetries, job.timeoutMs, job.backoffBase, job.backoffMaxMs];
  const when = [
    job.when && 'inMs' in job.when ? job.when.inMs : null,
    job.when && 'at' in job.when ? job.when.at : null,
  ];
  const batch = job.batch === 'first' ? null : (job.batch ?? null);
  return [job.name, job.queue, job.type, job.priority, ...policy, job.parent, batch, ...when];
}

interface Spec {
  number: number;
  payload: Buffer;
  context: number | null;
  env: Record<string, string> | null;
}

function specOf({ number, payload, context, env }: Spec) {
  return [number, payload.toString('hex'), context, env && JSON.stringify(env)];
}

/** Payloads are up to 1 MB each, and neither a string nor a jsonb holds a thousand of those. */
function* portions(specs: readonly Spec[]): Generator<Spec[]> {
  let portion: Spec[] = [];
  let bytes = 0;
  for (const spec of specs) {
    portion.push(spec);
    bytes += spec.payload.length;
    if (bytes < PORTION_BYTES) continue;
    yield portion;
    [portion, bytes] = [[], 0];
  }
  if (portion.length > 0) yield portion;
}

interface Told {
  first: number;
  count: number;
  numbers: string | null;
}

/** What a request keeps of its numbers. They follow each other, unless others enqueue on a server at the same time. */
function told(numbers: readonly number[]): Told {
  const [first, last, count] = [numbers[0]!, numbers.at(-1)!, numbers.length];
  return { first, count, numbers: last - first === count - 1 ? null : JSON.stringify(numbers) };
}
