// Ends jobs that have not started in time. Whoever looks may do so: each of them is ended once.
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { jobsToChange, recordEvents } from './events.js';
import { releasedKey } from './key-locks.js';
import { prepared, preparedFor } from './prepared.js';

/** Longer writes would hold the lock for too long. */
export const EXPIRED_AT_ONCE = 1000;

const dueOnes = preparedFor<object, { number: number }>(({ kysely, dialect, now }) => {
  const query = kysely
    .selectFrom('jobs')
    .select('number')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(EXPIRED_AT_ONCE);
  return dialect.lock(query, 'free jobs');
});

/** A part of a transaction: up to 1,000 of those whose time is over, but those that others are about to change. @returns how many */
export async function expireDue(tx: Executor, database: Database, counts: CountChanges): Promise<number> {
  const due = await dueOnes(database, {}, tx);
  const numbers = due.map(({ number }) => number);
  return expire(tx, database, numbers, counts);
}

/** A part of a transaction. Jobs that have started meanwhile are left alone. @returns how many were ended */
export async function expire(
  tx: Executor,
  database: Database,
  numbers: readonly number[],
  counts: CountChanges,
): Promise<number> {
  if (numbers.length === 0) return 0;
  const { now } = database;
  const rows = await jobsToChange(tx, database, numbers);
  const ended = await tx
    .updateTable('jobs')
    .set({ state: 'cancelled', cause: 'expired', wake_at: null, expires_at: null, key_lock: releasedKey })
    .set({ changed_at: now, finished_at: now })
    .where('number', 'in', numbers)
    .where('state', 'in', ['pending', 'held'])
    .where('expires_at', '<=', now)
    .returning('number')
    .execute();
  const over = new Set(ended.map(({ number }) => number));
  const before = rows.filter(({ number }) => over.has(number));
  await recordEvents(tx, database, before, 'expired', { who: 'upkeep', change: null });
  for (const row of before) counts.move(row, row.state, 'cancelled');
  return before.length;
}

export class ExpiryStore {
  constructor(private readonly database: Database) {}

  /** Up to 1,000; a program that finds none changes nothing. @returns how many were ended */
  async sweep(): Promise<number> {
    const [due] = await this.#anyDue({}, this.database.kysely);
    if (!due) return 0;
    const ended = await this.database.transaction(async (tx) => {
      const counts = new CountChanges();
      const expired = await expireDue(tx, this.database, counts);
      await counts.write(tx, this.database);
      return expired;
    });
    if (ended > 0) this.database.tell();
    return ended;
  }

  readonly #anyDue = prepared(() =>
    this.database.kysely.selectFrom('jobs').select('number').where('expires_at', '<=', this.database.now).limit(1),
  );
}
