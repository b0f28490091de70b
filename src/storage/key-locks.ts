// Keys are held by unfinished jobs: given back when a job ends, taken again when it comes back.
import { type RawBuilder, sql } from 'kysely';
import { Conflict } from '../errors.js';
import type { Database, Executor } from './database.js';
import type { JobRow } from './schema.js';

/** What is left of a job's hold on its key when it has ended; names columns of `jobs`. */
export const releasedKey: RawBuilder<string | null> = sql`case when jobs.key_scope = 'all' then jobs.key_lock end`;

/** What a job has that waits again: see `withFreeKeys`. */
export const ownKey: RawBuilder<string | null> = sql`jobs.key`;

type Keyed = Pick<JobRow, 'number' | 'name' | 'key' | 'key_lock' | 'state'>;

/**
 * Of jobs that are about to wait again, or be copied, those whose key no other job has meanwhile. A job without a key costs nothing.
 * @returns why the first of the others cannot come back, too
 */
export async function withFreeKeys<R extends Keyed>(
  tx: Executor,
  rows: readonly R[],
): Promise<{ free: R[]; blocked: Conflict | undefined }> {
  const wanting = rows.filter(({ key, key_lock }) => key !== null && key_lock === null);
  if (wanting.length === 0) return { free: [...rows], blocked: undefined };
  const holders: Keyed[] = await tx
    .selectFrom('jobs')
    .select(['number', 'name', 'state', 'key', 'key_lock'])
    .where(
      'key_lock',
      'in',
      wanting.map(({ key }) => key),
    )
    .execute();
  let blocked: Conflict | undefined;
  const held = new Map(holders.map((holder) => [holder.key, holder]));
  const free = rows.filter((row) => {
    if (!wanting.includes(row)) return true;
    const holder = held.get(row.key);
    if (holder)
      blocked ??= new Conflict(`job ${idOf(row)} cannot come back: ${told(holder)} has its key ${quoted(row.key!)}`);
    else held.set(row.key, { ...row, state: 'pending' });
    return !holder;
  });
  return { free, blocked };
}

/** On a server another job may have taken a key between that look and the change. */
export function keyRace(error: unknown, { dialect }: Database): unknown {
  if (!dialect.isUniqueViolation(error)) return error;
  return new Conflict('another job has got the key of one of them in this moment', ['try again']);
}

/** As people are told of it. */
export function told(holder: Pick<JobRow, 'number' | 'name' | 'state'>): string {
  return `job ${idOf(holder)} (${holder.state})`;
}

export function idOf({ name, number }: Pick<JobRow, 'number' | 'name'>): string {
  return name ?? String(number);
}

/** Keys may be long. */
export function quoted(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
}
