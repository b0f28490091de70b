// What `status` shows: counts by state, queues when there are several, and the workers.
import type { Overview, StateCounts } from '../queue/overview.js';
import { duration } from './duration.js';
import { stateCell } from './job-table.js';
import { paint, type Screen } from './screen.js';
import { type Cell, table } from './table.js';
import { widthOf } from './width.js';
import { workerLines } from './worker-table.js';

const ALWAYS = ['pending', 'processing', 'completed', 'failed', 'dead'] as const;
const RARE = ['cancelled', 'held'] as const;

export function statusView(overview: Overview, screen: Screen): string {
  const { counts, queues, workers, averageMs, failureRate } = overview;
  const parts = failureRate > 0 ? [chaos(failureRate, screen)] : [];
  parts.push(countLine(counts, averageMs, screen));
  const several = queues.length > 1 || queues.some(({ pause }) => pause !== null);
  if (several) parts.push(queueTable(queues, screen));
  parts.push(workers.length > 0 ? workerLines(workers, screen) : noWorkers(screen));
  return parts.join(several ? '\n\n' : '\n');
}

/** Whether a worker was told to obey is known to it alone. */
function chaos(rate: number, screen: Screen): string {
  const text = `failure_rate is ${rate}: workers with QUEUECTL_CHAOS=1 make attempts fail; queuectl config unset failure_rate`;
  return table([{}], [[{ text, style: 'red' }]], screen);
}

/** As many counts in a line as fit. */
function countLine(counts: StateCounts, averageMs: number | null, screen: Screen): string {
  const items = [...ALWAYS, ...RARE.filter((state) => counts[state] > 0)].map((state) => ({
    text: `${state} ${counts[state]}${state === 'dead' ? ' (dlq)' : ''}`,
    style: counts[state] > 0 ? stateCell(state).style : undefined,
  }));
  items.push({ text: `average ${averageMs === null ? '-' : duration(averageMs)}`, style: undefined });
  let text = '';
  let width = 0;
  for (const item of items) {
    const gap = width === 0 ? '' : '   ';
    const fits = width + gap.length + widthOf(item.text) <= screen.columns;
    text += (fits || width === 0 ? gap : '\n') + paint(item.style, item.text, screen);
    width = fits ? width + gap.length + widthOf(item.text) : widthOf(item.text);
  }
  return text;
}

function queueTable(queues: Overview['queues'], screen: Screen): string {
  const shown = [...ALWAYS, ...RARE].filter((state) => queues.some(({ counts }) => counts[state] > 0));
  const paused = queues.some(({ pause }) => pause !== null);
  const columns = [
    { head: 'queue' },
    ...shown.map((head) => ({ head, align: 'right' as const })),
    ...(paused ? [{}] : []),
  ];
  const rows = queues.map(({ name, counts, pause }) => [
    name,
    ...shown.map((state) => String(counts[state])),
    ...(paused ? [pausedCell(pause)] : []),
  ]);
  return table(columns, rows, screen);
}

function pausedCell(pause: unknown): Cell {
  return { text: pause === null ? '' : 'paused', style: 'yellow' };
}

function noWorkers(screen: Screen): string {
  return table([{}], [['no workers; start one: queuectl worker start']], screen);
}
