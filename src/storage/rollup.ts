// Durations by minute in logarithmic buckets: averages, quantiles and throughput without reading attempts.
import { type RawBuilder, sql } from 'kysely';
import type { Outcome } from '../job/job.js';
import { byKey } from './counts.js';
import type { Database, Executor } from './database.js';
import { preparedFor } from './prepared.js';
import type { RollupTable } from './schema.js';

const MINUTE_MS = 60_000;

/** Whole minutes since the epoch. The divisor is a literal: a bound number is a real on SQLite, and would not truncate. */
function minuteOf(now: RawBuilder<number>): RawBuilder<number> {
  return sql<number>`${now} / ${sql.lit(MINUTE_MS)}`;
}

/** Four buckets an octave: a quantile is at most 19 % off. */
export function bucketOf(runMs: number): number {
  return Math.floor(4 * Math.log2(runMs + 1));
}

/** The longest duration that falls into a bucket, ms. */
export function bucketCeiling(bucket: number): number {
  return 2 ** ((bucket + 1) / 4) - 1;
}

type Measures = Omit<RollupTable, 'minute' | 'shard'>;

interface Measured {
  queue: string;
  type: string;
  ending: { outcome: Outcome };
  runMs: number;
  waitMs: number;
}

/** Beside its outcome each attempt counts once by how long it waited. */
const WAITED = 'waited';

/** Collects the endings of one transaction. */
export class Rollup {
  readonly #rows = new Map<string, Measures>();

  add({ queue, type, ending: { outcome }, runMs, waitMs }: Measured): void {
    this.#count({ queue, type, outcome, bucket: bucketOf(Math.max(0, runMs)) }, runMs, waitMs);
    this.#count({ queue, type, outcome: WAITED, bucket: bucketOf(Math.max(0, waitMs)) }, 0, waitMs);
  }

  #count({ queue, type, outcome, bucket }: Pick<Measures, (typeof KEY)[number]>, runMs: number, waitMs: number): void {
    const key = `${queue}\0${type}\0${outcome}\0${bucket}`;
    const row = this.#rows.get(key) ?? { queue, type, outcome, bucket, n: 0, run_ms: 0, wait_ms: 0 };
    row.n += 1;
    row.run_ms += Math.max(0, Math.round(runMs));
    row.wait_ms += Math.round(waitMs);
    this.#rows.set(key, row);
  }

  async write(tx: Executor, database: Database, writer: number): Promise<void> {
    if (this.#rows.size === 0) return;
    const shard = writer % database.dialect.shards;
    const rows = [...this.#rows].sort(byKey).map(([, row]) => row);
    const json = JSON.stringify(rows.map((row) => [...KEY.map((key) => row[key]), row.n, row.run_ms, row.wait_ms]));
    await addToRollup(database, { json, shard }, tx);
  }
}

const KEY = ['queue', 'type', 'outcome', 'bucket'] as const;

const addToRollup = preparedFor<{ json: string; shard: number }, never>(({ kysely, dialect, now }, { json, shard }) => {
  const key = { queue: 'text', type: 'text', outcome: 'text', bucket: 'integer' } as const;
  const added = dialect.rows<Measures>(json, { ...key, n: 'ms', run_ms: 'ms', wait_ms: 'ms' });
  return kysely
    .insertInto('rollup')
    .columns(['minute', 'shard', ...KEY, 'n', 'run_ms', 'wait_ms'])
    .expression((db) =>
      db
        .selectFrom(added.as('added'))
        .select([
          minuteOf(now).as('minute'),
          sql<number>`cast(${shard} as integer)`.as('shard'),
          ...KEY,
          'n',
          'run_ms',
          'wait_ms',
        ])
        .where(sql<boolean>`true`),
    )
    .onConflict((conflict) =>
      conflict.columns(['minute', 'queue', 'type', 'outcome', 'bucket', 'shard']).doUpdateSet({
        n: sql`rollup.n + excluded.n`,
        run_ms: sql`rollup.run_ms + excluded.run_ms`,
        wait_ms: sql`rollup.wait_ms + excluded.wait_ms`,
      }),
    )
    .$castTo<never>();
}, 'nothing');

export interface Durations {
  outcome: Outcome;
  bucket: number;
  n: number;
  runMs: number;
  waitMs: number;
}

/** All endings of the last minutes, the current one included, summed over queues. */
export async function readRollup({ kysely, now }: Database, minutes: number): Promise<Durations[]> {
  return kysely
    .selectFrom('rollup')
    .select(({ fn }) => [
      'outcome',
      'bucket',
      fn.sum<number>('n').as('n'),
      fn.sum<number>('run_ms').as('runMs'),
      fn.sum<number>('wait_ms').as('waitMs'),
    ])
    .where('minute', '>', sql<number>`${minuteOf(now)} - ${minutes}`)
    .where('minute', '<=', minuteOf(now)) // the clock may have been set back since (F22)
    .where('outcome', '<>', WAITED)
    .$narrowType<{ outcome: Outcome }>()
    .groupBy(['outcome', 'bucket'])
    .orderBy('bucket')
    .execute();
}

export interface Minute {
  /** Its begin, epoch ms. */
  at: number;
  outcome: Outcome;
  n: number;
  runMs: number;
}

/** Endings of each of the last minutes, the current one included, over all queues or of one; minutes without any are not there. */
export async function readMinutes({ kysely, now }: Database, minutes: number, queue?: string): Promise<Minute[]> {
  let query = kysely
    .selectFrom('rollup')
    .select(({ fn }) => ['minute', 'outcome', fn.sum<number>('n').as('n'), fn.sum<number>('run_ms').as('runMs')])
    .where('minute', '>', sql<number>`${minuteOf(now)} - ${minutes}`)
    .where('minute', '<=', minuteOf(now))
    .where('outcome', '<>', WAITED)
    .$narrowType<{ outcome: Outcome }>();
  if (queue !== undefined) query = query.where('queue', '=', queue);
  const rows = await query.groupBy(['minute', 'outcome']).orderBy('minute').execute();
  return rows.map(({ minute, ...row }) => ({ at: minute * MINUTE_MS, ...row }));
}

export interface LaneDurations extends Omit<Durations, 'outcome'> {
  /** `waited`: one for each attempt, by how long it waited. */
  outcome: Outcome | typeof WAITED;
  queue: string;
  type: string;
}

/** Endings ever since there is this queue, or of a span of minutes; those before a month are kept as a sum. */
export async function readTotals(
  { kysely }: Database,
  { after, upTo }: { after: number; upTo: number },
): Promise<LaneDurations[]> {
  return kysely
    .selectFrom('rollup')
    .select(({ fn }) => [
      'queue',
      'type',
      'outcome',
      'bucket',
      fn.sum<number>('n').as('n'),
      fn.sum<number>('run_ms').as('runMs'),
      fn.sum<number>('wait_ms').as('waitMs'),
    ])
    .where('minute', '>', after)
    .where('minute', '<=', upTo)
    .groupBy(['queue', 'type', 'outcome', 'bucket'])
    .execute();
}

/** Minutes before this one become one sum, as minute 0: totals must never go down. */
export async function foldRollup(database: Database, before: number): Promise<void> {
  await database.transaction(async (tx) => {
    // What is deleted here nobody else can fold as well.
    const old = await tx
      .deleteFrom('rollup')
      .where('minute', '<', before)
      .where('minute', '>', 0)
      .returning([...KEY, 'n', 'run_ms', 'wait_ms'])
      .execute();
    const sums = new Map<string, (typeof old)[number]>();
    for (const row of old) {
      const key = KEY.map((name) => row[name]).join('\0');
      const sum = sums.get(key);
      if (!sum) sums.set(key, { ...row });
      else for (const name of ['n', 'run_ms', 'wait_ms'] as const) sum[name] += row[name];
    }
    for (const [, row] of [...sums].sort(byKey)) {
      await tx
        .insertInto('rollup')
        .values({ ...row, minute: 0, shard: 0 })
        .onConflict((conflict) =>
          conflict.columns(['minute', 'queue', 'type', 'outcome', 'bucket', 'shard']).doUpdateSet({
            n: sql`rollup.n + excluded.n`,
            run_ms: sql`rollup.run_ms + excluded.run_ms`,
            wait_ms: sql`rollup.wait_ms + excluded.wait_ms`,
          }),
        )
        .execute();
    }
  });
}
