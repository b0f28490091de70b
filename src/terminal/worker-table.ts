// Workers and what they run: in `status` and `worker list`.
import type { WorkerView } from '../queue/overview.js';
import { bytes } from './bytes.js';
import { elapsed } from './duration.js';
import type { Screen } from './screen.js';
import { type Cell, table } from './table.js';

/** One line a worker: its name, its jobs or `idle`, how long it is up, its memory. */
export function workerLines(workers: readonly WorkerView[], screen: Screen): string {
  const rows = workers.map((worker) => [
    worker.name,
    doing(worker),
    `up ${elapsed(worker.now - worker.startedAt)}`,
    memory(worker),
  ]);
  return table([{}, {}, {}, { align: 'right' }], rows, screen);
}

/** With where each lives and what it has done. */
export function workerTable(workers: readonly WorkerView[], screen: Screen): string {
  const right = 'right' as const;
  const columns = [
    { head: 'worker' },
    { head: 'state' },
    { head: 'job' },
    { head: 'pid', align: right },
    { head: 'host' },
    { head: 'queues' },
    { head: 'slots', align: right },
    { head: 'done', align: right },
    { head: 'failed', align: right },
    { head: 'up' },
    { head: 'memory', align: right },
  ];
  const rows = workers.map((worker) => [
    worker.name,
    state(worker),
    worker.jobs.map(running(worker.now)).join(', '),
    String(worker.pid),
    worker.hostName,
    worker.queues?.join(',') ?? 'all',
    String(worker.concurrency),
    String(worker.done),
    String(worker.failed),
    elapsed(worker.now - worker.startedAt),
    memory(worker),
  ]);
  return table(columns, rows, screen);
}

function doing(worker: WorkerView): Cell | string {
  if (worker.gone) return state(worker);
  const jobs = worker.jobs.map(running(worker.now)).join(', ');
  if (worker.state === 'running') return jobs === '' ? { text: 'idle', style: 'dim' } : { text: jobs, style: 'cyan' };
  return jobs === '' ? worker.state : `${worker.state}: ${jobs}`;
}

function state(worker: WorkerView): Cell {
  if (worker.gone) return { text: `gone, last seen ${elapsed(worker.now - worker.seenAt)} ago`, style: 'red' };
  return { text: worker.state };
}

function running(now: number) {
  return ({ id, attempt, startedAt }: WorkerView['jobs'][number]) =>
    `${id} (attempt ${attempt}, ${elapsed(now - (startedAt ?? now))})`;
}

function memory({ rssBytes }: WorkerView): string {
  return rssBytes === null ? '' : bytes(rssBytes);
}
