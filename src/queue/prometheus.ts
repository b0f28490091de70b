// The figures of a queue as Prometheus reads them: names and units by its conventions. Loads prom-client.
import { type Metric, Registry } from 'prom-client';
import { JOB_STATES } from '../job/job.js';
import { program } from '../program.js';
import { readCounts } from '../storage/counts.js';
import { bucketCeiling, type LaneDurations } from '../storage/rollup.js';
import type { WorkerView } from './overview.js';
import type { Queue } from './queue.js';
import { viewQueues } from './queues.js';
import type { Totals } from './totals.js';

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

type Labels = Record<string, string>;

interface Sample {
  labels: Labels;
  value: number;
  /** Of a histogram: `_bucket`, `_sum`, `_count`. */
  suffix?: string;
}

interface Family {
  name: string;
  type: 'gauge' | 'counter' | 'histogram';
  help: string;
  samples: Sample[];
}

/** The text of the exposition format. @param totals of a process that is asked again, always the same */
export async function prometheusText(queue: Queue, totals: Totals): Promise<string> {
  const registry = new Registry();
  for (const { name, type, help, samples } of await families(queue, totals)) {
    const values = samples.map(({ labels, value, suffix = '' }) => ({ metricName: name + suffix, labels, value }));
    // Its own classes count by themselves; here everything has been counted before.
    registry.registerMetric({ name, get: async () => ({ name, help, type, values }) } as unknown as Metric);
  }
  return registry.metrics();
}

async function families(queue: Queue, totals: Totals): Promise<Family[]> {
  const { queues, now } = await viewQueues(queue);
  const workers = await queue.workerViews();
  const counts = await readCounts(queue.database.kysely);
  const lanes = new Map(counts.map(({ queue: name, type }) => [`${name}\0${type}`, { queue: name, type }]));
  const jobs = [...lanes.values()].flatMap((lane) =>
    JOB_STATES.map((state) => {
      const row = counts.find((one) => one.queue === lane.queue && one.type === lane.type && one.state === state);
      return { labels: { ...lane, state }, value: row?.n ?? 0 };
    }),
  );
  const ended = await totals.read();
  const of = (value: (one: (typeof queues)[number]) => number) =>
    queues.map((one) => ({ labels: { queue: one.name }, value: value(one) }));
  const backend = queue.database.dialect.name;
  return [
    gauge('queuectl_build_info', 'The program that answers; always 1.', [
      { labels: { version: program().version, backend }, value: 1 },
    ]),
    gauge('queuectl_jobs', 'Jobs that there are now.', jobs),
    gauge(
      'queuectl_queue_paused',
      'Whether nothing of the queue is started.',
      of(({ pause }) => Number(pause !== null)),
    ),
    gauge(
      'queuectl_queue_oldest_waiting_seconds',
      'For how long the ready job with the lowest number has been ready; 0 where none is.',
      of(({ oldest }) => (oldest ? Math.max(0, now - oldest.since) / 1000 : 0)),
    ),
    gauge(
      'queuectl_queue_workers',
      'Living workers that serve the queue.',
      of((one) => one.workers.length),
    ),
    { name: 'queuectl_attempts_total', type: 'counter', help: 'Attempts that ended.', samples: attempts(ended) },
    {
      name: 'queuectl_attempt_duration_seconds',
      type: 'histogram',
      help: 'How long attempts that succeeded ran.',
      samples: histogram(ended, 'succeeded', 'runMs'),
    },
    {
      name: 'queuectl_attempt_wait_seconds',
      type: 'histogram',
      help: 'How long jobs were ready before each attempt that ended was started.',
      samples: histogram(ended, 'waited', 'waitMs'),
    },
    ...ofWorkers(workers),
  ];
}

function gauge(name: string, help: string, samples: Sample[]): Family {
  return { name, type: 'gauge', help, samples };
}

function attempts(ended: readonly LaneDurations[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const { queue, type, outcome, n } of ended) {
    if (outcome === 'waited') continue;
    const key = `${queue}\0${type}\0${outcome}`;
    const sum = sums.get(key);
    if (sum) sum.value += n;
    else sums.set(key, { labels: { queue, type, outcome }, value: n });
  }
  return [...sums.values()];
}

/** Every octave from 1 ms to 4.7 hours ends where one of the rollup's buckets does: no count is guessed. */
const OCTAVES = Array.from({ length: 24 }, (_, index) => 4 * (index + 1) - 1);

function histogram(ended: readonly LaneDurations[], outcome: string, sumOf: 'runMs' | 'waitMs'): Sample[] {
  const lanes = new Map<string, LaneDurations[]>();
  for (const row of ended) {
    if (row.outcome !== outcome) continue;
    const key = `${row.queue}\0${row.type}`;
    lanes.set(key, [...(lanes.get(key) ?? []), row]);
  }
  return [...lanes.values()].flatMap((rows) => {
    const labels = { queue: rows[0]!.queue, type: rows[0]!.type };
    const upTo = (bucket: number) => rows.reduce((sum, row) => sum + (row.bucket <= bucket ? row.n : 0), 0);
    const count = upTo(Number.POSITIVE_INFINITY);
    const le = (bucket: number) => String(Math.round(bucketCeiling(bucket)) / 1000);
    return [
      ...OCTAVES.map((bucket) => ({ suffix: '_bucket', labels: { ...labels, le: le(bucket) }, value: upTo(bucket) })),
      { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
      { suffix: '_sum', labels, value: rows.reduce((sum, row) => sum + row[sumOf], 0) / 1000 },
      { suffix: '_count', labels, value: count },
    ];
  });
}

function ofWorkers(views: readonly WorkerView[]): Family[] {
  // Of two with one name, as after a restart, the one that lives.
  const byName = new Map(
    [...views].sort((a, b) => Number(b.gone) - Number(a.gone)).map((one) => [`${one.name}\0${one.hostName}`, one]),
  );
  const workers = [...byName.values()];
  const of = (value: (worker: WorkerView) => number | null) =>
    workers.flatMap((worker) => {
      const known = value(worker);
      return known === null ? [] : [{ labels: { worker: worker.name, host: worker.hostName }, value: known }];
    });
  const counter = (name: string, help: string, samples: Sample[]): Family => ({ name, type: 'counter', help, samples });
  return [
    gauge(
      'queuectl_worker_up',
      'Whether the worker lives: 0 where it gave no sign for too long.',
      of(({ gone }) => Number(!gone)),
    ),
    gauge(
      'queuectl_worker_slots',
      'Jobs that the worker runs at once at most.',
      of((one) => one.concurrency),
    ),
    gauge(
      'queuectl_worker_running_jobs',
      'Jobs that the worker runs now.',
      of((one) => one.jobs.length),
    ),
    gauge(
      'queuectl_worker_heartbeat_age_seconds',
      'Since its last sign of life.',
      of((one) => Math.max(0, one.now - one.seenAt) / 1000),
    ),
    gauge(
      'queuectl_worker_start_time_seconds',
      'When it started, since the epoch.',
      of((one) => one.startedAt / 1000),
    ),
    gauge(
      'queuectl_worker_resident_memory_bytes',
      'Memory of the worker itself, without its jobs.',
      of((one) => one.rssBytes),
    ),
    counter(
      'queuectl_worker_cpu_seconds_total',
      'Processor time of the worker itself.',
      of((one) => (one.cpuMs === null ? null : one.cpuMs / 1000)),
    ),
    counter(
      'queuectl_worker_jobs_completed_total',
      'Jobs that it completed.',
      of((one) => one.done),
    ),
    counter(
      'queuectl_worker_attempts_failed_total',
      'Attempts that failed under it.',
      of((one) => one.failed),
    ),
  ];
}
