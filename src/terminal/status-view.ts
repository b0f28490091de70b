// What `status` shows: counts by state, queues when there are several, and the workers.
import type { Overview, StateCounts } from '../queue/overview.js';
import { duration } from './duration.js';
import { stateCell } from './job-table.js';
import { paint, type Screen } from './screen.js';
import { table } from './table.js';
import { widthOf } from './width.js';
import { workerLines } from './worker-table.js';

const ALWAYS = ['pending', 'processing', 'completed', 'failed', 'dead'] as const;
const RARE = ['cancelled', 'held'] as const;

export function statusView({ counts, queues, workers, averageMs }: Overview, screen: Screen): string {
  const parts = [countLine(counts, averageMs, screen)];
  if (queues.length > 1) parts.push(queueTable(queues, screen));
  parts.push(workers.length > 0 ? workerLines(workers, screen) : noWorkers(screen));
  return parts.join(queues.length > 1 ? '\n\n' : '\n');
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
  const columns = [{ head: 'queue' }, ...shown.map((head) => ({ head, align: 'right' as const }))];
  const rows = queues.map(({ name, counts }) => [name, ...shown.map((state) => String(counts[state]))]);
  return table(columns, rows, screen);
}

function noWorkers(screen: Screen): string {
  return table([{}], [['no workers; start one: queuectl worker start']], screen);
}
