// Pools: how many workers a host should have under a name, and who may replace those that died, and when.
import { type Selectable, sql } from 'kysely';
import type { Database, Executor } from './database.js';
import { prepared } from './prepared.js';
import type { PoolsTable } from './schema.js';

export interface PoolOptions {
  queues: readonly string[] | null;
  concurrency: number;
  /** Kept by a supervisor, and not by its own workers. */
  foreground: boolean;
}

export interface Pool {
  host: string;
  name: string;
  size: number;
  wanted: 'running' | 'stopped';
  options: PoolOptions;
  /** Of the program that it was started with. */
  version: string;
}

export interface StoredPool extends Pool {
  /** How often workers were replaced in close succession. */
  crashes: number;
  retryAt: number | null;
  /** Until workers may be replaced again, ms; negative when that time is over, null when it never was set. */
  waitMs: number | null;
}

/** Long enough for a worker to register, so that a second healer does not start one in vain. */
const SHORTEST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 60_000;
/** A pool that was well for so long did not die of how its workers are started. */
const HEALTHY_MS = 60_000;

export class PoolStore {
  constructor(private readonly database: Database) {}

  /** Somebody wants it so: earlier crashes are forgotten. */
  async set({ host, name, size, wanted, options, version }: Pool): Promise<void> {
    const values = { size, wanted, options: JSON.stringify(options), version, crashes: 0, retry_at: null };
    await this.database.kysely
      .insertInto('pools')
      .values({ host, name, ...values })
      .onConflict((conflict) => conflict.columns(['host', 'name']).doUpdateSet(values))
      .execute();
  }

  async find(host: string, name: string): Promise<StoredPool | undefined> {
    const [row] = await this.#find({ host, name }, this.database.kysely);
    if (!row) return undefined;
    const { size, version, crashes, retry_at: retryAt, wait_ms: waitMs } = row;
    const wanted = row.wanted as Pool['wanted'];
    return { host, name, size, wanted, options: JSON.parse(row.options), version, crashes, retryAt, waitMs };
  }

  readonly #find = prepared<{ host: string; name: string }, Selectable<PoolsTable> & { wait_ms: number | null }>((p) =>
    this.database.kysely
      .selectFrom('pools')
      .selectAll()
      .select(sql<number | null>`retry_at - ${this.database.now}`.as('wait_ms'))
      .where('host', '=', p.host)
      .where('name', '=', p.name),
  );

  /** Nothing comes back on these hosts. @param hosts null is all */
  async stopAll(hosts: readonly string[] | null): Promise<void> {
    const all = this.database.kysely.updateTable('pools').set({ wanted: 'stopped' });
    await (hosts === null ? all : all.where('host', 'in', hosts)).execute();
  }

  /**
   * Whoever may replace workers now: one of many that ask at once, and not before the wait after the last time is over.
   * @param pool as it was read
   */
  async takeHealing(pool: StoredPool): Promise<boolean> {
    const { waitMs } = pool;
    const sane = waitMs !== null && waitMs <= LONGEST_WAIT_MS; // the clock may have gone back (F22)
    if (sane && waitMs > 0) return false;
    const crashes = sane && waitMs > -HEALTHY_MS ? pool.crashes + 1 : 1;
    const wait = Math.min(SHORTEST_WAIT_MS * 2 ** (crashes - 1), LONGEST_WAIT_MS);
    const { numUpdatedRows } = await this.database.kysely
      .updateTable('pools')
      .set({ crashes, retry_at: sql<number>`${this.database.now} + ${wait}` })
      .where('host', '=', pool.host)
      .where('name', '=', pool.name)
      .where('wanted', '=', 'running')
      .where('crashes', '=', pool.crashes)
      .where('retry_at', pool.retryAt === null ? 'is' : '=', pool.retryAt)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Nobody replaces its workers for a while: somebody else does, with this version. */
  async hold(host: string, name: string, version: string): Promise<void> {
    await this.database.kysely
      .updateTable('pools')
      .set({ version, crashes: 0, retry_at: sql<number>`${this.database.now} + ${LONGEST_WAIT_MS}` })
      .where('host', '=', host)
      .where('name', '=', name)
      .execute();
  }

  /** That is over. */
  async letGo(host: string, name: string): Promise<void> {
    await this.database.kysely
      .updateTable('pools')
      .set({ retry_at: null })
      .where('host', '=', host)
      .where('name', '=', name)
      .execute();
  }
}

/**
 * Whether a pool has no room for another worker: it was stopped, or has its size. A pool that is not known has room.
 * Of several that ask at once each waits for the transaction of the one before.
 */
export async function isFull(
  tx: Executor,
  { dialect }: Database,
  { host, pool }: { host: string; pool: string },
): Promise<boolean> {
  const query = tx.selectFrom('pools').select(['size', 'wanted']).where('host', '=', host).where('name', '=', pool);
  const known = await dialect.lock(query, 'pools').executeTakeFirst();
  if (!known) return false;
  if (known.wanted !== 'running') return true;
  const { n } = await tx
    .selectFrom('workers')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .where('host', '=', host)
    .where('pool', '=', pool)
    .where(sql<boolean>`ended_at is null`) // word for word the condition of workers_place
    .where('stop', 'is', null)
    .executeTakeFirstOrThrow();
  return n >= known.size;
}

/** One worker less; without any the pool is stopped. */
export async function shrink(tx: Executor, { host, pool }: { host: string; pool: string }): Promise<void> {
  await tx
    .updateTable('pools')
    .set({ size: sql`size - 1`, wanted: sql`case when size = 1 then 'stopped' else wanted end` })
    .where('host', '=', host)
    .where('name', '=', pool)
    .where('size', '>', 0)
    .execute();
}
