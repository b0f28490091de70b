// A new job as a row of values: for the statement that adds many of them, and for the one that writes waiting ones anew.
import { type RawBuilder, sql } from 'kysely';
import type { Database, Executor } from './database.js';
import type { ColumnKind } from './dialect.js';
import type { NewJob } from './intake.js';
import { preparedFor } from './prepared.js';
import type { JobRow } from './schema.js';

/** Columns that are stored as they are given: first those of every job. */
const PLAIN = [
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
const GIVEN = [...PLAIN, 'key', 'key_scope'] as const;

type Plain = Pick<JobRow, (typeof PLAIN)[number]> & { in_ms: number | null; at: number | null };
export type Given = Plain & Pick<JobRow, 'key' | 'key_scope'> & { expires_ms: number | null };

/** Each cell costs: those of keys and expiry are left out where no job of a batch has such. */
const PLAIN_KINDS: Record<keyof Plain, ColumnKind> = {
  ...{ name: 'text', queue: 'text', type: 'text', priority: 'integer', max_retries: 'integer', timeout_ms: 'ms' },
  ...{ backoff_base: 'real', backoff_max_ms: 'ms', parent: 'ms', batch: 'ms', in_ms: 'ms', at: 'ms' },
};
export const GIVEN_KINDS: Record<keyof Given, ColumnKind> = {
  ...PLAIN_KINDS,
  ...{ key: 'text', key_scope: 'text', expires_ms: 'ms' },
};

function isPlain({ key, expiresInMs }: NewJob): boolean {
  return key === null && expiresInMs === null;
}

/** In the order of GIVEN_KINDS. */
export function valuesOf(job: NewJob) {
  return [...plainValuesOf(job), job.key, job.keyScope === 'all' ? job.keyScope : null, job.expiresInMs];
}

/** In the order of PLAIN_KINDS. */
function plainValuesOf(job: NewJob) {
  const policy = [job.maxRetries, job.timeoutMs, job.backoffBase, job.backoffMaxMs];
  const batch = job.batch === 'first' ? null : (job.batch ?? null);
  const when = [
    job.when && 'inMs' in job.when ? job.when.inMs : null,
    job.when && 'at' in job.when ? job.when.at : null,
  ];
  return [job.name, job.queue, job.type, job.priority, ...policy, job.parent, batch, ...when];
}

/** When it is to run, when upkeep must look, and when it expires: each counted from the time at which it may run. */
export function timesOf(now: RawBuilder<number>) {
  // A job whose time has come is ready at once; another one is woken by upkeep.
  const wakeAt = sql<number | null>`case when in_ms > 0 then ${now} + in_ms when at > ${now} then at end`;
  return {
    run_at: sql<number>`coalesce(at, ${now} + coalesce(in_ms, 0))`,
    wake_at: wakeAt,
    expires_at: sql<number | null>`coalesce(${wakeAt}, ${now}) + expires_ms`,
  };
}

/** @returns their numbers, in no order */
export function addJobs(tx: Executor, database: Database, jobs: readonly NewJob[]): Promise<{ number: number }[]> {
  if (jobs.every(isPlain)) return addPlainJobs(database, { json: JSON.stringify(jobs.map(plainValuesOf)) }, tx);
  return addKeyedJobs(database, { json: JSON.stringify(jobs.map(valuesOf)) }, tx);
}

/** One parameter for all of them: with 15 for each job, PostgreSQL took twice as long for a batch. */
const addKeyedJobs = preparedFor<{ json: string }, { number: number }>((database, { json }) => {
  const { kysely, dialect, now } = database;
  const { expires_at } = timesOf(now);
  return kysely
    .insertInto('jobs')
    .columns([...GIVEN, ...SET, 'key_lock', 'expires_at'])
    .expression((db) =>
      db
        .selectFrom(dialect.rows<Given>(json, GIVEN_KINDS).as('given'))
        .select([...GIVEN, ...setBy(database), 'key as key_lock', expires_at.as('expires_at')])
        .where(sql<boolean>`true`),
    )
    .returning('number');
});

const addPlainJobs = preparedFor<{ json: string }, { number: number }>((database, { json }) =>
  database.kysely
    .insertInto('jobs')
    .columns([...PLAIN, ...SET])
    .expression((db) =>
      db
        .selectFrom(database.dialect.rows<Plain>(json, PLAIN_KINDS).as('given'))
        .select([...PLAIN, ...setBy(database)])
        .where(sql<boolean>`true`),
    )
    .returning('number'),
);

const SET = ['state', 'run_at', 'wake_at', 'created_at', 'changed_at'] as const;

function setBy({ now }: Database) {
  const { run_at, wake_at } = timesOf(now);
  const state = sql.lit('pending').as('state');
  return [state, run_at.as('run_at'), wake_at.as('wake_at'), now.as('created_at'), now.as('changed_at')];
}
