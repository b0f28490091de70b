// A new job as a row of values: for the statement that adds many of them, and for the one that writes waiting ones anew.
import { type RawBuilder, sql } from 'kysely';
import type { ColumnKind } from './dialect.js';
import type { NewJob } from './intake.js';
import type { JobRow } from './schema.js';

/** Columns that are stored as they are given. */
export const GIVEN = [
  'name',
  'queue',
  'type',
  'priority',
  'max_retries',
  'timeout_ms',
  'backoff_base',
  'backoff_max_ms',
  'parent',
  'key',
  'key_scope',
] as const;

export const GIVEN_KINDS: Record<keyof Given, ColumnKind> = {
  ...{ name: 'text', queue: 'text', type: 'text', priority: 'integer', max_retries: 'integer', timeout_ms: 'ms' },
  ...{ backoff_base: 'real', backoff_max_ms: 'ms', parent: 'ms', key: 'text', key_scope: 'text' },
  ...{ in_ms: 'ms', at: 'ms', expires_ms: 'ms' },
};

export type Given = Pick<JobRow, (typeof GIVEN)[number]> & {
  in_ms: number | null;
  at: number | null;
  expires_ms: number | null;
};

/** In the order of GIVEN_KINDS. */
export function valuesOf(job: NewJob) {
  const policy = [job.maxRetries, job.timeoutMs, job.backoffBase, job.backoffMaxMs];
  const key = [job.key, job.keyScope === 'all' ? job.keyScope : null];
  const when = [
    job.when && 'inMs' in job.when ? job.when.inMs : null,
    job.when && 'at' in job.when ? job.when.at : null,
  ];
  return [job.name, job.queue, job.type, job.priority, ...policy, job.parent, ...key, ...when, job.expiresInMs];
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
