// What is to be said after the database was pruned, copied or salvaged.
import type { BackedUp } from '../queue/backup.js';
import type { Pruned } from '../queue/prune.js';
import type { SalvagedQueue } from '../queue/salvage-document.js';
import { counted } from './moved-notes.js';

const MOST_TOLD = 20;

export function prunedLine({ jobs, outputs }: Pruned, how: string): string {
  const also = outputs === 0 ? '' : ` and ${outputs === 1 ? '1 output' : `${outputs} outputs`} of other jobs`;
  return `${counted(jobs)}${also} ${how}`;
}

export function backupNotes({ running, outputsBeside }: BackedUp, folder: string): string[] {
  const notes = [];
  if (running > 0) notes.push(`${counted(running)} ran at that moment: in the copy they are to run again`);
  if (outputsBeside > 0) {
    notes.push(`not in it: ${outputsBeside} long outputs in ${folder}, of which it has the first and last parts`);
  }
  return notes;
}

export function salvageNotes(salvaged: SalvagedQueue, file: string): string[] {
  const { rows, lostPages, lostRows, withoutPayload, withoutRow, inDoubt } = salvaged;
  const tables = Object.entries(rows).map(([table, n]) => `${table} ${n}`);
  const notes = [`saved: ${tables.join(', ') || 'nothing'}`];
  if (lostPages + lostRows > 0) notes.push(`lost: pages ${lostPages}, rows on other pages ${lostRows}`);
  else notes.push('nothing is missing');
  if (withoutPayload.length > 0) notes.push(`left out, since what they should run is lost: ${named(withoutPayload)}`);
  if (withoutRow.length > 0) notes.push(`held, since nobody knows whether they have run: ${named(withoutRow)}`);
  if (inDoubt.length > 0)
    notes.push(`held, since they may be out of date or lack their surroundings: ${named(inDoubt)}`);
  notes.push(`look at it with --db ${file}; then move it into the place of ${salvaged.from}, which is as it was`);
  return notes;
}

function named(numbers: readonly number[]): string {
  const more = numbers.length - MOST_TOLD;
  return `${numbers.slice(0, MOST_TOLD).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
