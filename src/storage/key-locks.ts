// Keys are held by unfinished jobs: given back when a job ends, taken again when it comes back.
import { type RawBuilder, sql } from 'kysely';
import { Conflict } from '../errors.js';
import type { Database, Executor } from './database.js';
import type { JobRow } from './schema.js';

/** What is left of a job's hold on its key when it has ended; names columns of `jobs`. */
export const releasedKey: RawBuilder<string | null> = sql`case when jobs.key_scope = 'all' then jobs.key_lock end`;

/**
 * A part of a transaction: jobs that have ended are about to wait again. Those that never had a key cost nothing.
 * @throws Conflict when another one has the key of one of them meanwhile; nothing may be changed then
 */
export async function takeKeys(
  tx: Executor,
  { dialect }: Database,
  rows: readonly Pick<JobRow, 'number' | 'name' | 'key' | 'key_lock'>[],
): Promise<void> {
  const wanting = rows.filter(({ key, key_lock }) => key !== null && key_lock === null);
  if (wanting.length === 0) return;
  const keys = wanting.map(({ key }) => key!);
  const holders = await tx
    .selectFrom('jobs')
    .select(['number', 'name', 'state', 'key_lock'])
    .where('key_lock', 'in', keys)
    .execute();
  for (const { number, name, key } of wanting) {
    const holder = holders.find((one) => one.key_lock === key);
    const id = name ?? number;
    if (holder) throw new Conflict(`job ${id} cannot come back: ${told(holder)} has its key ${quoted(key!)}`);
    holders.push({ number, name, state: 'pending', key_lock: key });
  }
  try {
    await tx
      .updateTable('jobs')
      .set({ key_lock: sql`key` })
      .where(
        'number',
        'in',
        wanting.map(({ number }) => number),
      )
      .execute();
  } catch (error) {
    if (!dialect.isUniqueViolation(error)) throw error;
    throw new Conflict('another job has got the key of one of them in this moment', ['try again']);
  }
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
