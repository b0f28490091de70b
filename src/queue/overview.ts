// The queue at a glance, and its figures: what `status` and `metrics` show.
import { JOB_STATES, type Job, type JobState } from '../job/job.js';
import { resolveSettings } from '../settings.js';
import { readCounts } from '../storage/counts.js';
import type { Database } from '../storage/database.js';
import type { JobStore } from '../storage/jobs.js';
import { type Pause, QueueStore } from '../storage/queues.js';
import { bucketCeiling, type Durations, readRollup } from '../storage/rollup.js';
import { SettingsStore } from '../storage/settings.js';
import type { WorkerInfo, WorkerStore } from '../storage/workers.js';
import { isGone, viewFrom } from './liveness.js';

export type StateCounts = Record<JobState, number>;

export interface WorkerView extends WorkerInfo {
  /** What it runs now. */
  jobs: Job[];
  /** Its process is not there any more, or has given no sign of life for too long. */
  gone: boolean;
  /** Epoch ms at which all of this was read. */
  now: number;
}

export interface Overview {
  now: number;
  counts: StateCounts;
  /** Those that have jobs or are paused. */
  queues: { name: string; counts: StateCounts; pause: Pause | null }[];
  workers: WorkerView[];
  /** Of attempts that succeeded in the last hour, ms; null when there were none. */
  averageMs: number | null;
  /** The setting: attempts that are made to fail, of one. */
  failureRate: number;
}

export interface Metrics extends Overview {
  /** Endings of the last hour. */
  succeeded: number;
  failedAttempts: number;
  lostAttempts: number;
  p95Ms: number | null;
  /** Time from being ready to the first start, mean over the last hour, ms. */
  averageWaitMs: number | null;
  /** Jobs that succeeded in the last 60 s; of the minute before this one the share that lies within them. */
  throughputPerMinute: number;
  /** Jobs in the DLQ whose last attempt a living worker ran, by its number. */
  deadByWorker: Map<number, number>;
}

export async function readOverview(database: Database, jobs: JobStore, workers: WorkerStore): Promise<Overview> {
  const counts = await readCounts(database.kysely);
  const lastHour = succeeded(await readRollup(database, 60));
  const paused = await new QueueStore(database).paused();
  const names = [...new Set([...counts.map((row) => row.queue), ...paused.keys()])].sort();
  return {
    now: await database.present(),
    counts: sumByState(counts),
    queues: names.map((name) => ({
      name,
      counts: sumByState(counts.filter((row) => row.queue === name)),
      pause: paused.get(name) ?? null,
    })),
    workers: await viewWorkers(database, jobs, workers),
    averageMs: mean(lastHour, 'runMs'),
    failureRate: resolveSettings(await new SettingsStore(database).all(), {}).failure_rate,
  };
}

export async function readMetrics(database: Database, jobs: JobStore, workers: WorkerStore): Promise<Metrics> {
  const overview = await readOverview(database, jobs, workers);
  const lastHour = await readRollup(database, 60);
  const thisMinute = sum(succeeded(await readRollup(database, 1)), 'n');
  const twoMinutes = sum(succeeded(await readRollup(database, 2)), 'n');
  const done = succeeded(lastHour);
  const count = (...outcomes: string[]) =>
    sum(
      lastHour.filter((row) => outcomes.includes(row.outcome)),
      'n',
    );
  return {
    ...overview,
    succeeded: count('succeeded'),
    failedAttempts: count('failed', 'timed_out'),
    lostAttempts: count('lost'),
    p95Ms: quantile(done, 0.95),
    averageWaitMs: mean(done, 'waitMs'),
    throughputPerMinute: Math.round(thisMinute + (twoMinutes - thisMinute) * (1 - (overview.now % 60_000) / 60_000)),
    deadByWorker: await jobs.deadByWorker(overview.workers),
  };
}

export async function viewWorkers(database: Database, jobs: JobStore, workers: WorkerStore): Promise<WorkerView[]> {
  const living = await workers.living();
  const running = living.length > 0 ? await jobs.running() : [];
  const now = await database.present();
  const here = viewFrom(database);
  return living.map((worker) => ({
    ...worker,
    now,
    gone: isGone(worker, here),
    jobs: running.filter((job) => job.worker === worker.number),
  }));
}

export function sumByState(rows: readonly { state: JobState; n: number }[]): StateCounts {
  const total = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as StateCounts;
  for (const row of rows) total[row.state] += row.n;
  return total;
}

function succeeded(rows: readonly Durations[]): Durations[] {
  return rows.filter((row) => row.outcome === 'succeeded');
}

function sum(rows: readonly Durations[], key: 'n' | 'runMs' | 'waitMs'): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

function mean(rows: readonly Durations[], key: 'runMs' | 'waitMs'): number | null {
  const n = sum(rows, 'n');
  return n === 0 ? null : sum(rows, key) / n;
}

/** Upper bound of the bucket that holds the quantile; buckets come in ascending order. */
function quantile(rows: readonly Durations[], q: number): number | null {
  const wanted = sum(rows, 'n') * q;
  let seen = 0;
  for (const row of rows) {
    seen += row.n;
    if (seen >= wanted) return Math.round(bucketCeiling(row.bucket));
  }
  return null;
}
