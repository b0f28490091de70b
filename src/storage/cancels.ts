// Cancelling: a waiting job ends at once, a running one gets a request on its row that its holder obeys.
import { sql } from 'kysely';
import { Conflict } from '../errors.js';
import { ENDED_STATES, WAITING_STATES } from '../job/job.js';
import { CountChanges } from './counts.js';
import type { Database } from './database.js';
import { jobsToChange, recordEvents } from './events.js';
import { releasedKey } from './key-locks.js';
import { prepared } from './prepared.js';

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

export class CancelStore {
  constructor(private readonly database: Database) {}

  /**
   * @param numbers at most 1,000
   * @param signal the first one that running jobs are sent; null is the usual one
   * @throws NoSuchJob, Conflict for one that has ended; nothing is changed then
   */
  async cancel(numbers: readonly number[], who: string, signal: string | null): Promise<Cancelled[]> {
    return this.database.transaction(async (tx) => {
      const rows = await jobsToChange(tx, this.database, numbers);
      const over = rows.find(({ state }) => ENDED_STATES.includes(state));
      if (over) {
        const id = over.name ?? over.number;
        throw new Conflict(`job ${id} is ${over.state} already: there is nothing to cancel`, [`queuectl show ${id}`]);
      }
      const { now } = this.database;
      const ended = await tx
        .updateTable('jobs')
        .set({ state: 'cancelled', cause: 'cancelled', wake_at: null, changed_at: now, finished_at: now })
        .set({ expires_at: null, key_lock: releasedKey })
        .where('number', 'in', numbers)
        .where('state', 'in', WAITING_STATES)
        .returning('number')
        .execute();
      const asked = await tx
        .updateTable('jobs')
        .set({ cancel_at: now, cancel_signal: signal })
        .where('number', 'in', numbers)
        .where(sql<boolean>`state = 'processing'`)
        .where('cancel_at', 'is', null)
        .returning('number')
        .execute();
      const among = (changed: { number: number }[]) => {
        const known = new Set(changed.map(({ number }) => number));
        return rows.filter(({ number }) => known.has(number));
      };
      await recordEvents(tx, this.database, among(ended), 'cancelled', who);
      await recordEvents(tx, this.database, among(asked), 'cancel requested', who);
      const counts = new CountChanges();
      for (const row of among(ended)) counts.move(row, row.state, 'cancelled');
      await counts.write(tx, this.database);
      const has = (changed: { number: number }[], job: number) => changed.some(({ number }) => number === job);
      return numbers.map((job) => ({
        job,
        how: has(ended, job) ? 'ended' : has(asked, job) ? 'asked' : 'asked_before',
      }));
    });
  }

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
