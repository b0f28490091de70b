// After the clock was set back, retries wait for a time that is further away than their backoff: they are moved with it (F22).
import { sql } from 'kysely';
import type { Database } from './database.js';

/** Longer writes would hold the lock for too long. */
const AT_ONCE = 1000;

/** A retry that was set in the future is one of before. Whatever else waits has a time that somebody asked for. @returns how many */
export async function moveRetriesBack(database: Database): Promise<number> {
  const { kysely, now } = database;
  for (let total = 0; ; ) {
    // Read before it is written: among a million jobs that wait this takes longer than the lock may be held.
    const ahead = await kysely
      .selectFrom('jobs')
      .select('number')
      .where('state', '=', 'failed')
      .where('wake_at', 'is not', null)
      .where('changed_at', '>', now)
      .limit(AT_ONCE)
      .execute();
    if (ahead.length === 0) return total;
    const { numUpdatedRows } = await kysely
      .updateTable('jobs')
      .set({ wake_at: sql<number>`wake_at - (changed_at - ${now})`, changed_at: now })
      .where(
        'number',
        'in',
        ahead.map(({ number }) => number),
      )
      .where('state', '=', 'failed')
      .where('changed_at', '>', now)
      .executeTakeFirst();
    total += Number(numUpdatedRows);
  }
}
