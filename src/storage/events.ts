// What people do to jobs leaves an event: who did it, when, and what was before.
import { NoSuchJob } from '../errors.js';
import type { Database, Executor } from './database.js';
import type { JobRow } from './schema.js';

/** Who changes jobs, and as part of which change. */
export interface By {
  who: string;
  /** The number of the change that this one goes on with; null begins one. */
  change: number | null;
}

/** What an event keeps of a job, for people and for undo. */
export type Before = Partial<JobRow>;

/**
 * The jobs stay as they are until the transaction ends.
 * @param missing what to do about those that are not there
 * @throws NoSuchJob
 */
export async function jobsToChange(
  tx: Executor,
  { dialect }: Database,
  numbers: readonly number[],
  missing: 'refuse' | 'skip' = 'refuse',
): Promise<JobRow[]> {
  const query = tx.selectFrom('jobs').selectAll().where('number', 'in', numbers);
  const rows = await dialect.lock(query, 'jobs').execute();
  if (missing === 'skip' || rows.length === numbers.length) return rows;
  const known = new Set(rows.map(({ number }) => number));
  throw new NoSuchJob(String(numbers.find((number) => !known.has(number))));
}

/**
 * Of a change that can be undone.
 * @param rows the jobs as they were before
 * @returns the number of the change: that of its first event; null when there was nothing to record
 */
export async function recordChange(
  tx: Executor,
  database: Database,
  rows: readonly JobRow[],
  what: string,
  { who, change }: By,
  keep: (row: JobRow) => object = whatIsKept,
): Promise<number | null> {
  if (rows.length === 0 || change !== null) {
    await recordEvents(tx, database, rows, what, { who, change }, keep);
    return change;
  }
  const [first, ...others] = rows;
  const event = eventOf(database, first!, what, { who, change: null }, keep);
  const { number } = await tx.insertInto('events').values(event).returning('number').executeTakeFirstOrThrow();
  await tx.updateTable('events').set({ change: number }).where('number', '=', number).execute();
  await recordEvents(tx, database, others, what, { who, change: number }, keep);
  return number;
}

/** @param rows the jobs as they were before */
export async function recordEvents(
  tx: Executor,
  database: Database,
  rows: readonly JobRow[],
  what: string,
  by: By,
  keep: (row: JobRow) => object = whatIsKept,
): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto('events')
    .values(rows.map((row) => eventOf(database, row, what, by, keep)))
    .execute();
}

function eventOf(database: Database, row: JobRow, what: string, by: By, keep: (row: JobRow) => object) {
  return { job: row.number, at: database.now, what, ...by, before: JSON.stringify(keep(row)) };
}

function whatIsKept({ state, attempt, failures, crashes, cause, wake_at, expires_at, finished_at }: JobRow) {
  return { state, attempt, failures, crashes, cause, wake_at, expires_at, finished_at };
}
