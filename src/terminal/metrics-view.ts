// What `metrics` shows: figures of the whole queue, and each worker's.
import { cpuPercent } from '../queue/document.js';
import type { Metrics, WorkerView } from '../queue/overview.js';
import { bytes } from './bytes.js';
import { duration, elapsed } from './duration.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { distance } from './time.js';

const NONE = '-';

export function metricsView(metrics: Metrics, screen: Screen): string {
  return [figures(metrics, screen), workers(metrics, screen)].join('\n\n');
}

function figures(metrics: Metrics, screen: Screen): string {
  const { counts } = metrics;
  const rows = [
    ['waiting', `${counts.pending} pending, ${counts.failed} failed and waiting for a retry`],
    ['running', String(counts.processing)],
    ['completed', String(counts.completed)],
    ['dead', `${counts.dead} in the DLQ`],
    [
      'last hour',
      `${metrics.succeeded} succeeded, ${metrics.failedAttempts} failed, ${metrics.lostAttempts} lost attempts`,
    ],
    ['duration', `average ${ms(metrics.averageMs)}, p95 ${ms(metrics.p95Ms)}`],
    ['wait', `average ${ms(metrics.averageWaitMs)}`],
    ['throughput', `${metrics.throughputPerMinute} in the last minute`],
  ];
  return table(
    [{}, {}],
    rows.map(([name, value]) => [{ text: name!, style: 'dim' }, value!]),
    screen,
  );
}

function workers(metrics: Metrics, screen: Screen): string {
  if (metrics.workers.length === 0) return table([{}], [['no workers; start one: queuectl worker start']], screen);
  const right = 'right' as const;
  const columns = [
    { head: 'worker' },
    { head: 'heartbeat' },
    { head: 'uptime' },
    { head: 'completed', align: right },
    { head: 'failed', align: right },
    { head: 'dead', align: right },
    { head: 'cpu', align: right },
    { head: 'memory', align: right },
  ];
  const rows = metrics.workers.map((worker) => [
    worker.name,
    distance(Math.min(worker.seenAt, worker.now), worker.now),
    elapsed(worker.now - worker.startedAt),
    String(worker.done),
    String(worker.failed),
    String(metrics.deadByWorker.get(worker.number) ?? 0),
    percent(cpuPercent(worker)),
    worker.rssBytes === null ? NONE : bytes(worker.rssBytes),
  ]);
  if (rows.length > 1) rows.push(total(metrics));
  return table(columns, rows, screen);
}

function total({ workers, deadByWorker }: Metrics): string[] {
  const sum = (read: (worker: WorkerView) => number | null) => workers.reduce((all, one) => all + (read(one) ?? 0), 0);
  return [
    'all',
    '',
    '',
    String(sum((worker) => worker.done)),
    String(sum((worker) => worker.failed)),
    String(sum((worker) => deadByWorker.get(worker.number) ?? 0)),
    percent(sum(cpuPercent)),
    bytes(sum((worker) => worker.rssBytes)),
  ];
}

function ms(value: number | null): string {
  return value === null ? NONE : duration(value);
}

function percent(value: number | null): string {
  return value === null ? NONE : `${Number(value.toFixed(1))} %`;
}
