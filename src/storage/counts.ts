// Counters by queue, type and state, kept in the transaction of each change; they are also the list of lanes.
import { sql } from 'kysely';
import type { JobState } from '../job/job.js';
import type { Database, Executor } from './database.js';
import { preparedFor } from './prepared.js';
import type { CountsTable } from './schema.js';

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

  /** Whether some jobs have become ready: then a claim must not be made before this is written. */
  get addsReady(): boolean {
    return [...this.#changes.values()].some(({ state, n }) => state === 'pending' && n > 0);
  }

  /** Writes what was collected, and begins anew. @param writer any number that spreads writers over the shards, such as the worker's */
  async write(tx: Executor, database: Database, writer = 0): Promise<void> {
    const shard = writer % database.dialect.shards;
    const rows = [...this.#changes.values()].filter(({ n }) => n !== 0);
    this.#changes.clear();
    if (rows.length === 0) return;
    const json = JSON.stringify(rows.map(({ queue, type, state, n }) => [queue, type, state, shard, n]));
    await addToCounts(database, { json }, tx);
  }
}

const addToCounts = preparedFor<{ json: string }, never>(({ kysely, dialect }, { json }) => {
  const columns = { queue: 'text', type: 'text', state: 'text', shard: 'integer', n: 'ms' } as const;
  return kysely
    .insertInto('counts')
    .columns(['queue', 'type', 'state', 'shard', 'n'])
    .expression((db) =>
      db.selectFrom(dialect.rows<CountsTable>(json, columns).as('added')).selectAll().where(sql<boolean>`true`),
    )
    .onConflict((conflict) =>
      conflict.columns(['queue', 'type', 'state', 'shard']).doUpdateSet({ n: sql`counts.n + excluded.n` }),
    )
    .$castTo<never>();
});

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
