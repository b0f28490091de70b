// Puts jobs into the queue: the one transaction that an enqueue acknowledges.
import { sql } from 'kysely';
import { CommitUnknown, Conflict } from '../errors.js';
import { failPoint } from '../fail-point.js';
import type { CallerContext, JobPolicy, JobState } from '../job/job.js';
import type { IfExists, KeyScope } from '../job/request.js';
import type { When } from '../job/units.js';
import { storeContexts } from './contexts.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { addJobs } from './given.js';
import { idOf } from './key-locks.js';
import { preparedFor } from './prepared.js';
import { type Replacement, replaceJobs } from './replace.js';
import type { SpecsTable } from './schema.js';
import { checkAlone, judge, mustLook, NEW, takenId, type Verdict } from './uniqueness.js';

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
  key: string | null;
  keyScope: KeyScope;
  ifExists: IfExists;
  /** Who replaces another job with it. */
  by: string | null;
  expiresInMs: number | null;
}

/** A new job as it is stored. */
export interface Inserted {
  number: number;
  id: string;
  queue: string;
  /** Where there was one already: what that was, and what became of it. */
  met: Met | null;
}

export interface Met {
  how: 'found' | 'replaced';
  by: 'key' | 'id';
  state: JobState;
}

/** Longer batches hold the write lock for too long. */
export const LARGEST_BATCH = 1000;

/** While commits are in doubt, or others are quicker with a key. */
const MOST_TRIES = 6;

const PORTION_BYTES = 8 * 1024 * 1024;

export class IntakeStore {
  constructor(private readonly database: Database) {}

  /**
   * Stores all of them or none; those that ask for it give way to a job that is there, or take its place.
   * @param jobs at most LARGEST_BATCH
   * @param token random, one a call: a commit whose result is unknown is looked up by it
   * @returns what they are now, in the order of the jobs
   * @throws Conflict when an id or a key is taken
   */
  async insert(jobs: readonly NewJob[], token: string): Promise<Inserted[]> {
    for (let tries = 1; ; tries++) {
      let inserted: Inserted[] = [];
      try {
        const wake = await this.database.transaction(async (tx) => {
          inserted = await this.#insert(tx, jobs, token);
          return this.database.wakeWith(tx);
        });
        await wake();
        return inserted;
      } catch (error) {
        // First of all: what is taken may be taken by this very call, whose commit was in doubt.
        const stored = await this.#byToken(token).catch(() => undefined);
        if (stored) {
          this.database.wake('resting');
          const same = stored.every((number, index) => inserted[index]?.number === number);
          return same ? inserted : stored.map((number, index) => added(jobs[index]!, number));
        }
        const taken = this.database.dialect.isUniqueViolation(error);
        // The token lets only one of the tries happen. Somebody else was quicker with a key: now his job is found.
        if (tries < MOST_TRIES && (error instanceof CommitUnknown || (taken && jobs.some(mustLook)))) continue;
        throw taken ? await this.#taken(jobs) : error;
      }
    }
  }

  async #insert(tx: Executor, jobs: readonly NewJob[], token: string): Promise<Inserted[]> {
    const counts = new CountChanges();
    const verdicts = jobs.some(mustLook) ? await judge(tx, this.database, jobs, counts) : undefined;
    const refused = verdicts?.find((verdict) => verdict.is === 'refused');
    if (refused) throw refused.conflict;
    const inserted = await storeJobs(tx, this.database, jobs, counts, verdicts);
    if (jobs[0]?.batch === 'first') await joinBatch(tx, this.database, inserted);
    await counts.write(tx, this.database);
    await addRequest(this.database, { token, ...told(inserted.map(({ number }) => number)) }, tx);
    failPoint('enqueue-before-commit');
    return inserted;
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
    const name = stored?.name ?? names[0];
    if (name !== undefined) return takenId(name, stored?.state);
    return new Conflict('jobs with this key come and go too quickly', ['try again']);
  }
}

/**
 * A part of a transaction.
 * @param counts of that transaction, to be written by the caller
 * @param verdicts on each of them, none of which is refused; without them all are new
 * @returns what they are now, in the order of the jobs
 */
export async function storeJobs(
  tx: Executor,
  database: Database,
  jobs: readonly NewJob[],
  counts: CountChanges,
  verdicts: readonly Verdict[] = jobs.map(() => NEW),
): Promise<Inserted[]> {
  const fresh: number[] = [];
  const replacements: Replacement[] = [];
  /** By index. */
  const numbers = new Map<number, number>();
  verdicts.forEach((verdict, index) => {
    if (verdict.is === 'new') fresh.push(index);
    if (verdict.is !== 'replaces') return;
    replacements.push({ job: jobs[index]!, holder: verdict.holder });
    numbers.set(index, verdict.holder.number);
  });
  const written = [...fresh, ...numbers.keys()];
  const surroundings = written.map((index) => jobs[index]!.context);
  const stored = await storeContexts(tx, database, surroundings);
  if (fresh.length > 0) {
    const news = fresh.map((index) => jobs[index]!);
    const inserted = await addJobs(tx, database, news);
    // RETURNING promises no order; numbers are given in the order of the values.
    const ascending = inserted.map(({ number }) => number).sort((a, b) => a - b);
    await checkAlone(tx, database, news, ascending);
    for (const [at, index] of fresh.entries()) numbers.set(index, ascending[at]!);
  }
  if (replacements.length > 0) await replaceJobs(tx, database, replacements, counts);
  const contexts = await stored();
  const specs = written.map((index) => {
    const job = jobs[index]!;
    return { ...job, number: numbers.get(index)!, context: job.context && contexts.get(job.context)! };
  });
  for (const some of portions(specs)) await addSpecs(database, { json: JSON.stringify(some.map(specOf)) }, tx);
  for (const index of fresh) counts.add(jobs[index]!, 'pending');
  return jobs.map((_, index) => insertedAs(jobs, verdicts, index, numbers));
}

function insertedAs(
  jobs: readonly NewJob[],
  verdicts: readonly Verdict[],
  index: number,
  numbers: ReadonlyMap<number, number>,
): Inserted {
  const [job, verdict] = [jobs[index]!, verdicts[index]!];
  if (verdict.is === 'as') return insertedAs(jobs, verdicts, verdict.index, numbers);
  if (verdict.is !== 'found' && verdict.is !== 'replaces') return added(job, numbers.get(index)!);
  const { holder } = verdict;
  const byKey = holder.key_lock === job.key || (job.keyScope === 'all' && holder.key === job.key);
  const by = job.key !== null && byKey ? 'key' : 'id'; // one that has ended is found by its id alone
  const how = verdict.is === 'found' ? verdict.is : 'replaced';
  const queue = how === 'found' ? holder.queue : job.queue;
  return { number: holder.number, id: idOf(holder), queue, met: { how, by, state: holder.state } };
}

function added({ name, queue }: NewJob, number: number): Inserted {
  return { number, id: name ?? String(number), queue, met: null };
}

/** One statement's text, whatever their number. */
const addSpecs = preparedFor<{ json: string }, never>(({ kysely, dialect }, { json }) => {
  const kinds = { job: 'ms', payload: 'bytes', context: 'ms', env: 'text' } as const;
  return kysely
    .insertInto('specs')
    .columns(['job', 'payload', 'context', 'env'])
    .expression((db) => db.selectFrom(dialect.rows<SpecsTable>(json, kinds).as('added')).selectAll())
    .$castTo<never>();
}, 'nothing');

/** Only now is the number of the first new one known. */
async function joinBatch(tx: Executor, database: Database, inserted: readonly Inserted[]): Promise<void> {
  const fresh = inserted.filter(({ met }) => met === null);
  if (fresh.length === 0) return;
  const json = JSON.stringify(fresh.map(({ number }) => [number]));
  await setBatch(database, { batch: fresh[0]!.number, json }, tx);
}

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

/** What a request keeps of its numbers. They mostly follow each other: others may enqueue at the same time, or some be there. */
function told(numbers: readonly number[]): Told {
  const first = numbers[0]!;
  const inRow = numbers.every((number, index) => number === first + index);
  return { first, count: numbers.length, numbers: inRow ? null : JSON.stringify(numbers) };
}
