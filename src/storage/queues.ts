// Queues: which are paused, and since when and by whom; and what waits in each.
import { sql } from 'kysely';
import type { Database } from './database.js';
import { prepared } from './prepared.js';

export interface Pause {
  queue: string;
  /** Epoch ms. */
  since: number;
  /** Null where that was not noted. */
  by: string | null;
}

/** A job that is ready, and since when it could have begun, epoch ms. */
export interface WaitingJob {
  id: string;
  since: number;
}

interface ReadyRow {
  number: number;
  name: string | null;
  priority: number;
  run_at: number;
  created_at: number;
}

export class QueueStore {
  constructor(private readonly database: Database) {}

  /** Paused queues by name. */
  async paused(): Promise<Map<string, Pause>> {
    const rows = await this.#paused({}, this.database.kysely);
    return new Map(rows.map((row) => [row.queue, row]));
  }

  readonly #paused = prepared<object, Pause>(() =>
    this.database.kysely
      .selectFrom('queues')
      .select(['name as queue', 'paused_by as by'])
      .select(sql<number>`paused_at`.as('since'))
      .where('paused_at', 'is not', null)
      .orderBy('name'),
  );

  /** @returns those of them that were not paused before */
  async pause(names: readonly string[], who: string): Promise<string[]> {
    if (names.length === 0) return [];
    const { now, kysely } = this.database;
    const rows = await kysely
      .insertInto('queues')
      .values(names.map((name) => ({ name, paused_at: now, paused_by: who })))
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet(({ ref }) => ({ paused_at: ref('excluded.paused_at'), paused_by: ref('excluded.paused_by') }))
          .where('queues.paused_at', 'is', null),
      )
      .returning('name')
      .execute();
    return rows.map(({ name }) => name);
  }

  /** @returns those of them that were paused before */
  async resume(names: readonly string[]): Promise<string[]> {
    const rows = await this.database.kysely
      .updateTable('queues')
      .set({ paused_at: null, paused_by: null })
      .where('name', 'in', names)
      .where('paused_at', 'is not', null)
      .returning('name')
      .execute();
    return rows.map(({ name }) => name);
  }

  /** Of all queues that ever had a job or a pause. */
  async names(): Promise<string[]> {
    const { kysely } = this.database;
    const rows = await kysely
      .selectFrom('counts')
      .select('queue as name')
      .union(kysely.selectFrom('queues').select('name'))
      .orderBy('name')
      .execute();
    return rows.map(({ name }) => name);
  }

  /**
   * Of a queue's ready jobs the one with the lowest number; null when none is ready. A seek for each type and each
   * priority that they have: the index begins with those, and is not read from end to end.
   */
  async oldestReady(queue: string, types: readonly string[]): Promise<WaitingJob | null> {
    let oldest: ReadyRow | undefined;
    for (const type of types) {
      for (let below = 2 ** 31 - 1; ; ) {
        const [first] = await this.#firstReady({ queue, type, below }, this.database.kysely);
        if (!first) break;
        if (!oldest || first.number < oldest.number) oldest = first;
        below = first.priority;
      }
    }
    if (!oldest) return null;
    const { number, name, run_at, created_at } = oldest;
    return { id: name ?? String(number), since: Math.max(run_at, created_at) };
  }

  readonly #firstReady = prepared<{ queue: string; type: string; below: number }, ReadyRow>(({ queue, type, below }) =>
    this.database.kysely
      .selectFrom('jobs')
      .select(['number', 'name', 'priority', 'run_at', 'created_at'])
      .where('queue', '=', queue)
      .where('type', '=', type)
      .where('priority', '<', below)
      .where(sql<boolean>`state = 'pending' and wake_at is null`) // word for word the condition of jobs_ready
      .orderBy('priority', 'desc')
      .orderBy('number')
      .limit(1),
  );
}
