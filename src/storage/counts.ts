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
    const key = `${queue}\0${type}\0${state}`;
    const known = this.#changes.get(key);
    if (known) known.n += n;
    else this.#changes.set(key, { queue, type, state, n });
  }

  move(lane: Lane, from: JobState, to: JobState): void {
    this.add(lane, from, -1);
    this.add(lane, to, 1);
  }

  /** @param writer any number that spreads writers over the shards, such as the worker's */
  async write(tx: Executor, { dialect }: Database, writer = 0): Promise<void> {
    const rows = [...this.#changes.values()].filter(({ n }) => n !== 0);
    if (rows.length === 0) return;
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
