// Removes what is kept no longer: ended jobs, old outputs, files that belong to nobody. By upkeep, or all of it at once.
import { BadInput } from '../errors.js';
import type { JobState } from '../job/job.js';
import { readStates } from '../job/states.js';
import { parseDuration } from '../job/units.js';
import type { Settings } from '../settings.js';
import { type OutputKey, PruneStore, type Rule } from '../storage/prune.js';
import type { Queue } from './queue.js';

/** How long what is kept, ms; null is for good. */
export interface Retention {
  jobs: Rule[];
  outputsMs: number | null;
}

export interface Pruned {
  jobs: number;
  outputs: number;
}

const PRUNABLE: readonly JobState[] = ['completed', 'cancelled', 'dead'];
/** Whoever names an age alone does not mean the DLQ, which is there to be looked at. */
const WITH_AN_AGE: readonly JobState[] = ['completed', 'cancelled'];

export function retentionOf(settings: Settings): Retention {
  return {
    jobs: [
      { states: ['completed', 'cancelled'], keepMs: keepMs(settings.keep_completed) },
      { states: ['dead'], keepMs: keepMs(settings.keep_dead) },
    ],
    outputsMs: keepMs(settings.keep_outputs),
  };
}

/** @param olderThan another age for jobs, as it was typed. @param words the states that are meant. @throws BadInput */
export function retentionFor(settings: Settings, olderThan?: string, words?: readonly string[]): Retention {
  const asSet = retentionOf(settings);
  const states = words ? readStates(words) : olderThan === undefined ? PRUNABLE : WITH_AN_AGE;
  const never = states.find((state) => !PRUNABLE.includes(state));
  if (never) throw new BadInput(`${never} jobs are not pruned`, [`only ${PRUNABLE.join(', ')} ones have ended`]);
  if (olderThan !== undefined) {
    return { ...asSet, jobs: [{ states, keepMs: parseDuration(olderThan, '--older-than') }] };
  }
  const jobs = asSet.jobs.map((rule) => ({ ...rule, states: rule.states.filter((state) => states.includes(state)) }));
  return { ...asSet, jobs };
}

/** At most 1,000 rows of each kind. @returns how many jobs went */
export async function prune(queue: Queue, settings: Settings): Promise<number> {
  const retention = retentionOf(settings);
  const jobs = await removeJobs(queue, retention);
  await removeOutputs(queue, retention);
  await tidy(queue);
  return jobs;
}

/** Until nothing is left of it, in short writes. */
export async function pruneAll(queue: Queue, retention: Retention): Promise<Pruned> {
  const total = { jobs: 0, outputs: 0 };
  for (let removed = -1; removed !== 0; total.jobs += removed) removed = await removeJobs(queue, retention);
  for (let from: OutputKey | undefined | null; from !== null; ) {
    const { removed, last } = await removeOutputs(queue, retention, from);
    total.outputs += removed;
    from = last;
  }
  await tidy(queue);
  return total;
}

/** What `pruneAll` would remove. */
export async function prunable({ database }: Queue, { jobs, outputsMs }: Retention): Promise<Pruned> {
  const store = new PruneStore(database);
  let count = 0;
  for (const { states, keepMs } of jobs) count += await store.countEnded(states, keepMs);
  return { jobs: count, outputs: await store.countOutputs(outputsMs, jobs) };
}

async function removeJobs(queue: Queue, { jobs }: Retention): Promise<number> {
  const store = new PruneStore(queue.database);
  const removed = [];
  for (const { states, keepMs } of jobs) removed.push(...(await store.endedJobs(states, keepMs)));
  for (const file of removed.flatMap((job) => job.outputFiles)) queue.files.removeOutputs(file);
  return removed.length;
}

async function removeOutputs(queue: Queue, { outputsMs }: Retention, from?: OutputKey) {
  const pruned = await new PruneStore(queue.database).outputs(outputsMs, from);
  for (const file of pruned.files) queue.files.removeOutputs(file);
  return pruned;
}

async function tidy(queue: Queue): Promise<void> {
  const store = new PruneStore(queue.database);
  for (const file of await store.strays(queue.files.outputNames())) queue.files.removeOutput(file);
  await store.records();
}

function keepMs(retention: string): number | null {
  return retention === 'forever' ? null : parseDuration(retention);
}
