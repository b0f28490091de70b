// What there is to say after many jobs were enqueued at once.
import type { QueuectlError } from '../errors.js';
import type { Many } from '../queue/enqueue-many.js';
import { counted } from './moved-notes.js';

const PARTS = 5;

/** `1000 jobs enqueued: 17-1016` */
export function manyLine({ ids, found }: Pick<Many, 'ids' | 'found'>): string {
  const parts = ids.texts();
  if (parts.length === 0) return 'nothing to enqueue';
  const shown = parts.slice(0, PARTS).join(', ') + (parts.length > PARTS ? ', …' : '');
  const there = found === 0 ? '' : `, ${found} of them there already`;
  return `${counted(ids.count)} enqueued${there}: ${shown}`;
}

/** @param problems the first few of so many */
export function problemLines(problems: readonly QueuectlError[], refused: number): string[] {
  if (refused === 0) return [];
  const lines = problems.map(({ message }) => message);
  if (refused > problems.length) lines.push(`and ${refused - problems.length} more`);
  return [...lines, refused === 1 ? '1 line was left out' : `${refused} lines were left out`];
}
