// Changes jobs that were selected: what was named strictly, what a filter found as far as it still fits.
import { CHANGES } from '../job/change.js';
import type { JobState } from '../job/job.js';
import { whoami } from '../process/caller.js';
import { type Change, ChangeStore } from '../storage/changes.js';
import { type LastChange, UndoStore } from '../storage/undo.js';
import { isFilter } from './filter.js';
import type { Queue } from './queue.js';
import { batches, type Selection } from './select.js';

export type { Change };

export interface BulkChange {
  /** Of the jobs that were changed; of completed ones that run again, those of the new ones. */
  ids: string[];
  /** Were meant and are in another state. */
  left: number;
  /** What `undo` takes back; null where there is nothing. */
  change: number | null;
  /** Running jobs that were asked to end, and whether somebody else had asked before. */
  asked: { number: number; before: boolean }[];
  /** Completed jobs that run again as new ones. */
  copies: { id: string; parent: number }[];
}

export interface BulkOptions {
  /** Only from these of the states that the change applies to. */
  from?: readonly JobState[];
  /** Called now and then. @param done so many jobs */
  onProgress?: (done: number) => void;
}

/**
 * Each 1,000 of them are changed together or not at all.
 * @throws NoSuchJob, Conflict: for jobs that were named, and not narrowed by a filter
 */
export async function changeJobs(
  queue: Queue,
  selection: Selection,
  change: Change,
  { from = CHANGES[change.kind].from, onProgress }: BulkOptions = {},
): Promise<BulkChange> {
  const strict = selection.named !== null && !isFilter(selection.filter);
  const filter = strict ? {} : { ...selection.filter, states: selection.filter.states ?? from };
  const store = new ChangeStore(queue.database);
  const told: BulkChange = { ids: [], left: 0, change: null, asked: [], copies: [] };
  for await (const numbers of batches(queue, { ...selection, filter })) {
    const done = await store.apply(numbers, change, { from, strict, who: whoami(), change: told.change });
    for (const { outputFiles } of done.removed) for (const name of outputFiles) queue.files.removeOutputs(name);
    for (const { job, how } of done.cancelled) {
      if (how !== 'ended') told.asked.push({ number: job, before: how === 'asked_before' });
    }
    const running = new Set(told.asked.map(({ number }) => number));
    for (const { number, name } of done.jobs) {
      const copy = done.copies.get(number);
      if (copy !== undefined) told.copies.push({ id: String(copy), parent: number });
      if (!running.has(number)) told.ids.push(String(copy ?? name ?? number));
    }
    told.left += done.left;
    told.change = done.change;
    onProgress?.(told.ids.length);
  }
  queue.database.wake(change.kind === 'cancel' ? 'everybody' : 'resting');
  return told;
}

export interface BulkUndo {
  undone: LastChange;
  ids: string[];
  /** Have run, were changed again or are gone. */
  movedOn: number;
}

/** @param change its number; undefined is the last one of this user. @returns undefined when there is none */
export async function undo(queue: Queue, change?: number): Promise<BulkUndo | undefined> {
  const store = new UndoStore(queue.database);
  const who = whoami();
  const undone = await (change === undefined ? store.last(who) : store.find(change));
  if (!undone) return undefined;
  const told: BulkUndo = { undone, ids: [], movedOn: 0 };
  for (let [after, own]: [number | null, number | null] = [0, null]; after !== null; ) {
    const done = await store.undo(undone, after, { who, change: own });
    told.ids.push(...done.jobs.map(({ name, number }) => name ?? String(number)));
    told.movedOn += done.movedOn;
    [after, own] = [done.after, done.undo];
  }
  queue.database.wake('resting');
  return told;
}
