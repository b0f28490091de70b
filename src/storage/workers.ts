// Workers: who lives where, and until when its claims are good.
import { sql } from 'kysely';
import type { Database } from './database.js';
import { isFull } from './pools.js';
import { prepared } from './prepared.js';
import type { WorkerRow } from './schema.js';
import type { StopRequest } from './stops.js';

export interface NewWorker {
  name: string;
  host: string;
  hostName: string;
  pool: string;
  slot: number;
  pid: number;
  pidStart: string;
  version: string;
  queues: readonly string[] | null;
  types: readonly string[];
  concurrency: number;
  leaseMs: number;
}

export type WorkerState = 'starting' | 'running' | 'stopping';

export interface WorkerInfo extends Omit<NewWorker, 'leaseMs'> {
  number: number;
  state: WorkerState;
  startedAt: number;
  readyAt: number | null;
  seenAt: number;
  leaseUntil: number;
  /** By the database's clock when it was read: a lease that has run out. */
  leaseOver: boolean;
  /** Somebody asked it to. */
  stop: StopRequest | null;
  cpuMs: number | null;
  rssBytes: number | null;
  done: number;
  failed: number;
}

/** Where a worker is, or was. */
export type WorkerPlace = Pick<NewWorker, 'name' | 'host' | 'hostName'>;

interface SignOfLife {
  number: number;
  state: WorkerState;
  leaseMs: number;
  cpuMs: number;
  rssBytes: number;
}

export class WorkerStore {
  constructor(private readonly database: Database) {}

  /** @returns its number, or undefined when another worker holds the place in the pool, or the pool has no room for it */
  async register(worker: NewWorker): Promise<number | undefined> {
    const { now } = this.database;
    try {
      return await this.database.transaction(async (tx) => {
        if (await isFull(tx, this.database, worker)) return undefined;
        const row = await tx
          .insertInto('workers')
          .values({
            name: worker.name,
            host: worker.host,
            host_name: worker.hostName,
            pool: worker.pool,
            slot: worker.slot,
            pid: worker.pid,
            pid_start: worker.pidStart,
            version: worker.version,
            state: 'starting',
            queues: JSON.stringify(worker.queues),
            types: JSON.stringify(worker.types),
            concurrency: worker.concurrency,
            started_at: now,
            seen_at: now,
            lease_until: sql`${now} + ${worker.leaseMs}`,
          })
          .returning('number')
          .executeTakeFirstOrThrow();
        return row.number;
      });
    } catch (error) {
      if (this.database.dialect.isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  async ready(number: number): Promise<void> {
    await this.#update(number, { state: 'running', ready_at: this.database.now });
  }

  /** It runs these job types now. */
  async serve(number: number, types: readonly string[]): Promise<void> {
    await this.#update(number, { types: JSON.stringify(types) });
  }

  /** A sign of life. @returns false when the row is gone or ended: the worker is not one any more */
  async renew(number: number, life: Omit<SignOfLife, 'number'>): Promise<boolean> {
    return (await this.#renew({ number, ...life }, this.database.kysely)).length > 0;
  }

  readonly #renew = prepared<SignOfLife, { number: number }>((p) => {
    const { now, kysely } = this.database;
    return kysely
      .updateTable('workers')
      .set({
        state: p.state,
        seen_at: now,
        lease_until: sql<number>`${now} + ${p.leaseMs}`,
        cpu_ms: p.cpuMs,
        rss_bytes: p.rssBytes,
      })
      .where('number', '=', p.number)
      .where('ended_at', 'is', null)
      .returning('number');
  });

  /** @returns false when another one had ended it */
  async end(number: number): Promise<boolean> {
    return this.#update(number, { ended_at: this.database.now });
  }

  /** Workers that have not ended, in the order of their pools and places. */
  async living(): Promise<WorkerInfo[]> {
    return (await this.#living({}, this.database.kysely)).map(infoOf);
  }

  readonly #living = prepared<object, LivingRow>(() =>
    this.database.kysely
      .selectFrom('workers')
      .selectAll()
      .select(sql<number>`lease_until < ${this.database.now}`.as('lease_over'))
      .where('ended_at', 'is', null)
      .orderBy('host_name')
      .orderBy('pool')
      .orderBy('slot'),
  );

  /** Whether workers on other hosts share this queue. */
  async anyElsewhere(host: string): Promise<boolean> {
    return (await this.#elsewhere({ host }, this.database.kysely)).length > 0;
  }

  readonly #elsewhere = prepared<{ host: string }, { number: number }>(({ host }) =>
    this.database.kysely
      .selectFrom('workers')
      .select('number')
      .where('ended_at', 'is', null)
      .where('host', '<>', host)
      .limit(1),
  );

  /** Whether a worker gave a sign of life when the clock showed more than now: it was set back since. */
  async anySeenAhead(): Promise<boolean> {
    const row = await this.database.kysely
      .selectFrom('workers')
      .select('number')
      .where('seen_at', '>', this.database.now)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Also of those that have ended. */
  async places(numbers: readonly number[]): Promise<Map<number, WorkerPlace>> {
    if (numbers.length === 0) return new Map();
    const rows = await this.database.kysely
      .selectFrom('workers')
      .select(['number', 'name', 'host', 'host_name as hostName'])
      .where('number', 'in', numbers)
      .execute();
    return new Map(rows.map(({ number, ...place }) => [number, place]));
  }

  /** The hosts of a name that have ever had workers: one of each boot and PID namespace. */
  async hostsOf(hostName: string): Promise<string[]> {
    const rows = await this.database.kysely
      .selectFrom('workers')
      .select('host')
      .distinct()
      .where('host_name', '=', hostName)
      .execute();
    return rows.map(({ host }) => host);
  }

  async #update(number: number, values: { state?: WorkerState } & Record<string, unknown>): Promise<boolean> {
    const { numUpdatedRows } = await this.database.kysely
      .updateTable('workers')
      .set(values)
      .where('number', '=', number)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

type LivingRow = WorkerRow & { lease_over: number };

function infoOf(row: LivingRow): WorkerInfo {
  return {
    number: row.number,
    name: row.name,
    host: row.host,
    hostName: row.host_name,
    pool: row.pool,
    slot: row.slot,
    pid: row.pid,
    pidStart: row.pid_start,
    version: row.version,
    state: row.state as WorkerState,
    queues: JSON.parse(row.queues),
    types: JSON.parse(row.types),
    concurrency: row.concurrency,
    startedAt: row.started_at,
    readyAt: row.ready_at,
    seenAt: row.seen_at,
    leaseUntil: row.lease_until,
    leaseOver: Boolean(row.lease_over),
    stop: row.stop as StopRequest | null,
    cpuMs: row.cpu_ms,
    rssBytes: row.rss_bytes,
    done: row.done,
    failed: row.failed,
  };
}
