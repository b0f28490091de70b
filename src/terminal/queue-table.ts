// Queues as a table: what is in each, whether it is paused, and who serves it.
import { JOB_STATES } from '../job/job.js';
import type { QueueView, QueueViews } from '../queue/queues.js';
import { elapsed } from './duration.js';
import type { Screen } from './screen.js';
import { type Cell, table } from './table.js';
import { distance } from './time.js';

export function queueTable({ now, queues }: QueueViews, screen: Screen): string {
  const states = JOB_STATES.filter((state) => queues.some(({ counts }) => counts[state] > 0));
  const columns = [
    { head: 'queue' },
    ...states.map((head) => ({ head, align: 'right' as const })),
    { head: 'oldest waiting' },
    { head: 'workers' },
    { head: 'paused' },
  ];
  const rows = queues.map((queue) => [
    queue.name,
    ...states.map((state) => String(queue.counts[state])),
    queue.oldest ? `${elapsed(now - queue.oldest.since)} (${queue.oldest.id})` : '',
    queue.workers.join(' '),
    pausedCell(queue, now),
  ]);
  return table(columns, rows, screen);
}

function pausedCell({ pause }: QueueView, now: number): Cell {
  if (!pause) return { text: '' };
  const by = pause.by === null ? '' : ` by ${pause.by}`;
  return { text: `${distance(Math.min(pause.since, now), now)}${by}`, style: 'yellow' };
}
