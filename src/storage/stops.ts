// Requests that a worker stops, on its row: nobody replaces it then, and it hears of it where no signal reaches it.
import { sql } from 'kysely';
import type { Database } from './database.js';
import { shrink } from './pools.js';
import { prepared } from './prepared.js';

/** Let its jobs end, leave them running to be adopted, or end them and give them back. */
export type StopRequest = 'drain' | 'leave' | 'release';

export interface StopOrder {
  how: StopRequest;
  /** When the jobs that still run then are to be ended and given back, ms from now; null is never. */
  releaseInMs: number | null;
}

export class StopStore {
  constructor(private readonly database: Database) {}

  /**
   * Records that a worker is to stop. Whoever is first decides whether its pool is one smaller from then on, so that the
   * worker is not replaced.
   * @returns false when it was asked before
   */
  async ask(number: number, how: StopRequest, { shrinks }: { shrinks: boolean }): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const place = await tx
        .updateTable('workers')
        .set({ stop: how })
        .where('number', '=', number)
        .where('stop', 'is', null)
        .returning(['host', 'pool'])
        .executeTakeFirst();
      if (place && shrinks) await shrink(tx, place);
      return place !== undefined;
    });
  }

  /** Says how it is to stop, also when it was asked before: the worker obeys whatever is more urgent. */
  async order(number: number, { how, releaseInMs }: StopOrder): Promise<void> {
    const by = releaseInMs === null ? null : sql<number>`${this.database.now} + ${Math.ceil(releaseInMs)}`;
    await this.database.kysely
      .updateTable('workers')
      .set({ stop: how, stop_by: by })
      .where('number', '=', number)
      .where('ended_at', 'is', null)
      .execute();
  }

  /** @returns undefined while nobody wants it to stop */
  async find(number: number): Promise<StopOrder | undefined> {
    const [row] = await this.#find({ number }, this.database.kysely);
    return row && { how: row.stop as StopRequest, releaseInMs: row.release_in_ms };
  }

  readonly #find = prepared<{ number: number }, { stop: string | null; release_in_ms: number | null }>(({ number }) =>
    this.database.kysely
      .selectFrom('workers')
      .select('stop')
      .select(sql<number | null>`stop_by - ${this.database.now}`.as('release_in_ms'))
      .where('number', '=', number)
      .where('stop', 'is not', null)
      .where('ended_at', 'is', null),
  );
}
