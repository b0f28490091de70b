// Counters by queue, type and state, kept in the transaction of each change; they are also the list of lanes.
import { sql } from 'kysely';
import type { JobState } from '../job/job.js';
import type { Database, Executor } from './database.js';

interface Lane {
  queue: string;
  type: string;
}

/** Collects the moves of one transaction, so that each counter is written once. */
export class CountChanges {
  readonly #changes = new Map<string, { queue: string; type: string; state: JobState; n: number }>();

  add({ queue, type }: Lane, state: JobState, n = 1): void {
    const key = keyOf(queue, type, state);
    const known = this.#changes.get(key);
    if (known) known.n += n;
    else this.#changes.set(key, { queue, type, state, n });
  }

  /** What is not written yet. */
  of({ queue, type }: Lane, state: JobState): number {
    return this.#changes.get(keyOf(queue, type, state))?.n ?? 0;
  }

  move(lane: Lane, from: JobState, to: JobState): void {
    this.add(lane, from, -1);
    this.add(lane, to, 1);
  }

  /**
   * The last that a transaction does, and in one order: whoever waits for another one here holds nothing that it needs.
   * @param writer any number that spreads writers over the shards, such as the worker's
   */
  async write(tx: Executor, { dialect }: Database, writer = Math.floor(Math.random() * dialect.shards)): Promise<void> {
    const changes = [...this.#changes].filter(([, { n }]) => n !== 0);
    if (changes.length === 0) return;
    const rows = changes.sort(byKey).map(([, row]) => row);
    const shard = writer % dialect.shards;
    await tx
      .insertInto('counts')
      .values(rows.map((row) => ({ ...row, shard })))
      .onConflict((conflict) =>
        conflict.columns(['queue', 'type', 'state', 'shard']).doUpdateSet({ n: sql`counts.n + excluded.n` }),
      )
      .execute();
  }
}

function keyOf(queue: string, type: string, state: JobState): string {
  return `${queue}\0${type}\0${state}`;
}

/** Rows are locked in the order in which they are written. */
export function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

export interface QueueCounts {
  queue: string;
  type: string;
  state: JobState;
  n: number;
}

export async function readCounts(db: Executor): Promise<QueueCounts[]> {
  return db
    .selectFrom('counts')
    .select(({ fn }) => ['queue', 'type', 'state', fn.sum<number>('n').as('n')])
    .groupBy(['queue', 'type', 'state'])
    .having(({ fn }) => fn.sum('n'), '<>', 0)
    .orderBy('queue')
    .orderBy('type')
    .execute();
}
