// Workers and what they run: in `status` and `worker list`.
import { cpuPercent } from '../queue/document.js';
import type { WorkerView } from '../queue/overview.js';
import { bytes } from './bytes.js';
import { elapsed } from './duration.js';
import { percent } from './percent.js';
import type { Screen } from './screen.js';
import { type Cell, table } from './table.js';
import { distance } from './time.js';

/** One line a worker: its name, its jobs or `idle`, how long it is up, its memory. */
export function workerLines(workers: readonly WorkerView[], screen: Screen): string {
  const hosts = new Set(workers.map(({ hostName }) => hostName)).size;
  const rows = workers.map((worker) => [
    hosts > 1 ? `${worker.name} on ${worker.hostName}` : worker.name,
    doing(worker),
    `up ${elapsed(worker.now - worker.startedAt)}`,
    memory(worker),
  ]);
  return table([{}, {}, {}, { align: 'right' }], rows, screen);
}

interface WorkerColumn {
  head: string;
  align?: 'right';
  /** Left out where there is no room for all. */
  wide?: boolean;
  show: (worker: WorkerView) => Cell | string;
}

const COLUMNS: readonly WorkerColumn[] = [
  { head: 'worker', show: ({ name }) => name },
  { head: 'pool', wide: true, show: ({ pool }) => pool },
  { head: 'slot', align: 'right', wide: true, show: ({ slot }) => String(slot) },
  { head: 'state', show: state },
  { head: 'job', show: runs },
  { head: 'pid', align: 'right', show: ({ pid }) => String(pid) },
  { head: 'up', show: ({ now, startedAt }) => elapsed(now - startedAt) },
  { head: 'cpu', align: 'right', show: cpu },
  { head: 'memory', align: 'right', show: memory },
  { head: 'done', align: 'right', show: ({ done }) => String(done) },
  { head: 'failed', align: 'right', wide: true, show: ({ failed }) => String(failed) },
  { head: 'heartbeat', wide: true, show: ({ seenAt, now }) => distance(Math.min(seenAt, now), now) },
];

/** What is the same for nearly everybody, and shown when it is not. */
const RARE: readonly (WorkerColumn & { differs: (worker: WorkerView, first: WorkerView) => boolean })[] = [
  {
    head: 'queues',
    show: ({ queues }) => queues?.join(',') ?? 'all',
    differs: ({ queues }) => queues !== null,
  },
  {
    head: 'at once',
    align: 'right',
    show: ({ concurrency }) => String(concurrency),
    differs: ({ concurrency }) => concurrency > 1,
  },
  { head: 'host', show: ({ hostName }) => hostName, differs: ({ hostName }, first) => hostName !== first.hostName },
];

const WIDE = 110;
const SHOWN_JOBS = 10;

/** Where each stands in its pool, what it runs and has done, and how it is. */
export function workerTable(workers: readonly WorkerView[], screen: Screen): string {
  const rare = RARE.filter(({ differs }) => workers.some((worker) => differs(worker, workers[0]!)));
  const columns = [...COLUMNS, ...rare].filter(({ wide }) => !wide || screen.columns >= WIDE);
  const rows = workers.map((worker) => columns.map(({ show }) => show(worker)));
  return table(
    columns.map(({ head, align }) => ({ head, align })),
    rows,
    screen,
  );
}

function doing(worker: WorkerView): Cell | string {
  if (worker.gone) return state(worker);
  const jobs = runs(worker);
  if (worker.state === 'running') return jobs === '' ? { text: 'idle', style: 'dim' } : { text: jobs, style: 'cyan' };
  return jobs === '' ? worker.state : `${worker.state}: ${jobs}`;
}

function state(worker: WorkerView): Cell {
  if (worker.gone) return { text: `gone, last seen ${elapsed(worker.now - worker.seenAt)} ago`, style: 'red' };
  return { text: worker.state };
}

/** The first ones: small jobs are claimed by the hundred. */
function runs({ jobs, now }: WorkerView): string {
  const shown = jobs.slice(0, SHOWN_JOBS).map(running(now));
  return [...shown, ...(jobs.length > SHOWN_JOBS ? [`and ${jobs.length - SHOWN_JOBS} more`] : [])].join(', ');
}

function running(now: number) {
  return ({ id, attempt, startedAt, progress }: WorkerView['jobs'][number]) => {
    const done = progress === null ? '' : `, ${percent(progress)}`;
    return `${id} (attempt ${attempt}, ${elapsed(now - (startedAt ?? now))}${done})`;
  };
}

function cpu(worker: WorkerView): string {
  const percent = cpuPercent(worker);
  return percent === null ? '' : `${percent.toFixed(1)} %`;
}

function memory({ rssBytes }: WorkerView): string {
  return rssBytes === null ? '' : bytes(rssBytes);
}
