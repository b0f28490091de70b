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
    const key = keyOf(queue, type, state);
    const known = this.#changes.get(key);
    if (known) known.n += n;
    else this.#changes.set(key, { queue, type, state, n });
  }

  move(lane: Lane, from: JobState, to: JobState): void {
    this.add(lane, from, -1);
    this.add(lane, to, 1);
  }

  /** What is not written yet. */
  of({ queue, type }: Lane, state: JobState): number {
    return this.#changes.get(keyOf(queue, type, state))?.n ?? 0;
  }

  /**
   * The last that a transaction does, once, and in one order: whoever waits here holds nothing that somebody before needs.
   * @param writer any number that spreads writers over the shards, such as the worker's
   */
  async write(tx: Executor, database: Database, writer = Math.floor(Math.random() * 1000)): Promise<void> {
    const shard = writer % database.dialect.shards;
    const changes = [...this.#changes].filter(([, { n }]) => n !== 0);
    if (changes.length === 0) return;
    const rows = changes.sort(byKey).map(([, row]) => row);
    const json = JSON.stringify(rows.map(({ queue, type, state, n }) => [queue, type, state, shard, n]));
    await addToCounts(database, { json }, tx);
  }
}

function keyOf(queue: string, type: string, state: JobState): string {
  return `${queue}\0${type}\0${state}`;
}

/** Rows are locked in the order in which they are written. */
export function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
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
}, 'nothing');

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
