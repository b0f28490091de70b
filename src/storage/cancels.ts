// Cancelling: a waiting job ends at once, a running one gets a request on its row that its holder obeys.
import { sql } from 'kysely';
import { CHANGES } from '../job/change.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { type By, recordChange, recordEvents } from './events.js';
import { releasedKey } from './key-locks.js';
import { prepared } from './prepared.js';
import type { JobRow } from './schema.js';

/** What became of a job that was to be cancelled. */
export interface Cancelled {
  job: number;
  /** `ended` at once; or `asked`: it runs, and its holder was asked to end it; `asked_before` by somebody else. */
  how: 'ended' | 'asked' | 'asked_before';
}

/** A running job that somebody wants to be cancelled. */
export interface CancelRequest {
  job: number;
  attempt: number;
  /** The first signal to send. */
  signal: NodeJS.Signals | null;
}

/** A part of a transaction. @param rows jobs that wait or run */
export async function cancelRows(
  tx: Executor,
  database: Database,
  rows: readonly JobRow[],
  signal: string | null,
  by: By,
): Promise<{ cancelled: Cancelled[]; change: number | null }> {
  const { now } = database;
  const [waiting, running] = [rows.filter(isWaiting), rows.filter((row) => !isWaiting(row))];
  const asked = running.filter(({ cancel_at }) => cancel_at === null);
  const change = await recordChange(tx, database, waiting, CHANGES.cancel.done, by);
  await recordEvents(tx, database, asked, 'cancel requested', { who: by.who, change: null });
  if (waiting.length > 0) {
    const ended = { state: 'cancelled', cause: 'cancelled', wake_at: null, changed_at: now, finished_at: now } as const;
    const given = { expires_at: null, key_lock: releasedKey };
    await tx
      .updateTable('jobs')
      .set({ ...ended, ...given })
      .where('number', 'in', waiting.map(numberOf))
      .execute();
  }
  if (asked.length > 0) {
    const request = { cancel_at: now, cancel_signal: signal };
    await tx.updateTable('jobs').set(request).where('number', 'in', asked.map(numberOf)).execute();
  }
  const counts = new CountChanges();
  for (const row of waiting) counts.move(row, row.state, 'cancelled');
  await counts.write(tx, database);
  const how = (row: JobRow) => (isWaiting(row) ? 'ended' : row.cancel_at === null ? 'asked' : 'asked_before');
  return { cancelled: rows.map((row) => ({ job: row.number, how: how(row) })), change };
}

function isWaiting({ state }: JobRow): boolean {
  return state !== 'processing';
}

function numberOf({ number }: JobRow): number {
  return number;
}

export class CancelStore {
  constructor(private readonly database: Database) {}

  /** Which of a worker's running jobs are to be cancelled: a look at its own running jobs only. */
  requests(worker: number): Promise<CancelRequest[]> {
    return this.#requests({ worker }, this.database.kysely);
  }

  readonly #requests = prepared<{ worker: number }, CancelRequest>(({ worker }) =>
    this.database.kysely
      .selectFrom('jobs')
      .select(['number as job', 'attempt', 'cancel_signal as signal'])
      .where(sql<boolean>`state = 'processing'`) // word for word the condition of jobs_running
      .where('worker', '=', worker)
      .where('cancel_at', 'is not', null),
  );
}
