// The dead letter queue by causes, and how to run those of one again.
import { causeSentence } from '../job/cause.js';
import type { DeadCause } from '../queue/queue.js';
import type { Screen } from './screen.js';
import { table } from './table.js';
import { distance } from './time.js';

export function causeTable(causes: readonly DeadCause[], screen: Screen, now = Date.now()): string {
  const rows = causes.map(({ cause, count, first, last }) => [
    String(count),
    cause ?? 'none',
    causeSentence(cause),
    distance(first, now),
    distance(last, now),
  ]);
  const heads = [
    { head: 'jobs', align: 'right' as const },
    { head: 'cause' },
    { head: 'reason' },
    { head: 'first' },
    { head: 'last' },
  ];
  return table(heads, rows, screen);
}
