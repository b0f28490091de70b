// Whether the rows agree with each other. There are no foreign keys (docs/decisions/007), so this is asked on demand.
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from './database.js';
import type { Tables } from './schema.js';

export interface Disagreement {
  /** A sentence without its subject: "3 jobs …". */
  what: string;
  count: number;
  /** Number of the first job concerned. */
  example: number;
}

type OfJob = 'specs' | 'attempts' | 'outputs' | 'steps' | 'events';
const OF_JOBS: readonly OfJob[] = ['specs', 'attempts', 'outputs', 'steps', 'events'];

type JobCondition = (is: ExpressionBuilder<Tables, 'jobs'>) => Expression<SqlBool>;

/** What must not be, each with the words for it. */
const NEVER: [what: string, condition: JobCondition][] = [
  [
    'have no payload: they cannot run',
    ({ not, exists, selectFrom }) =>
      not(exists(selectFrom('specs').select('job').whereRef('specs.job', '=', 'jobs.number'))),
  ],
  [
    'run without an attempt: nobody can take them over',
    ({ and, eb, not, exists, selectFrom }) =>
      and([
        eb('state', '=', 'processing'),
        not(
          exists(
            selectFrom('attempts')
              .select('job')
              .whereRef('attempts.job', '=', 'jobs.number')
              .whereRef('attempts.attempt', '=', 'jobs.attempt'),
          ),
        ),
      ]),
  ],
  [
    'run on a worker that the queue has never heard of',
    ({ and, eb, not, exists, selectFrom }) =>
      and([
        eb('state', '=', 'processing'),
        not(exists(selectFrom('workers').select('workers.number').whereRef('workers.number', '=', 'jobs.worker'))),
      ]),
  ],
  [
    'have ended, and nobody knows when: they are never pruned',
    ({ and, eb }) => and([eb('state', 'in', ['completed', 'dead', 'cancelled']), eb('finished_at', 'is', null)]),
  ],
  ['hold a key that they do not have', ({ and, eb }) => and([eb('key_lock', 'is not', null), eb('key', 'is', null)])],
];

/** A statement each: short of one that reads everything twice, and each of one moment. */
export async function disagreements(database: Database): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  const { kysely } = database;
  for (const [what, condition] of NEVER) {
    const row = await kysely
      .selectFrom('jobs')
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min<number>('number').as('example')])
      .where(condition)
      .executeTakeFirstOrThrow();
    if (row.count > 0) found.push({ what: `jobs ${what}`, ...row });
  }
  for (const table of OF_JOBS) {
    const row = await kysely
      .selectFrom(table)
      .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min<number>('job').as('example')])
      .where(({ not, exists, selectFrom, ref }) =>
        not(
          exists(
            selectFrom('jobs')
              .select('number')
              .where('number', '=', ref(`${table}.job`)),
          ),
        ),
      )
      .executeTakeFirstOrThrow();
    if (row.count > 0) found.push({ what: `rows of ${table} belong to no job`, ...row });
  }
  const reused = await reusedNumbers(database);
  return reused ? [...found, reused] : found;
}

/** A server's sequence lags behind when its tables were filled by hand; a number given twice is an error to whoever enqueues. */
async function reusedNumbers({ kysely, dialect }: Database): Promise<Disagreement | undefined> {
  const { rows } = await dialect.numbers.last.execute(kysely);
  const last = rows[0]?.last ?? 0;
  const row = await kysely
    .selectFrom('jobs')
    .select(({ fn }) => [fn.countAll<number>().as('count'), fn.min<number>('number').as('example')])
    .where('number', '>', sql<number>`${last}`)
    .executeTakeFirstOrThrow();
  return row.count > 0 ? { what: 'jobs have numbers that are still to be given', ...row } : undefined;
}
