// Queues: pausing and resuming them, and what `queue list` shows of each.
import { checkName } from '../job/id.js';
import { nearest } from '../job/nearest.js';
import { whoami } from '../process/caller.js';
import { readCounts } from '../storage/counts.js';
import { type Pause, QueueStore, type WaitingJob } from '../storage/queues.js';
import { type StateCounts, sumByState } from './overview.js';
import type { Queue } from './queue.js';

export interface QueueView {
  name: string;
  counts: StateCounts;
  pause: Pause | null;
  /** Names of the living workers that serve it. */
  workers: string[];
  /** The ready job with the lowest number. */
  oldest: WaitingJob | null;
}

export interface QueueViews {
  /** Epoch ms at which all of this was read. */
  now: number;
  queues: QueueView[];
}

export interface QueueChange {
  changed: string[];
  /** Those that were so before. */
  unchanged: string[];
  /** What may be a mistake, in sentences. */
  notes: string[];
}

/** Queues that have jobs, are paused, or are named by a living worker. */
export async function viewQueues(queue: Queue): Promise<QueueViews> {
  const { database } = queue;
  const store = new QueueStore(database);
  const counts = await readCounts(database.kysely);
  const paused = await store.paused();
  const living = (await queue.workerViews()).filter(({ gone }) => !gone);
  const named = [...counts.map((row) => row.queue), ...paused.keys(), ...living.flatMap(({ queues }) => queues ?? [])];
  const queues = [];
  for (const name of [...new Set(named)].sort()) {
    const own = counts.filter((row) => row.queue === name);
    const types = own.filter(({ state }) => state === 'pending').map(({ type }) => type);
    queues.push({
      name,
      counts: sumByState(own),
      pause: paused.get(name) ?? null,
      workers: living.filter(({ queues }) => queues === null || queues.includes(name)).map((worker) => worker.name),
      oldest: await store.oldestReady(name, types),
    });
  }
  return { now: await database.present(), queues };
}

/**
 * Nothing of them is started any more, by any worker; what runs goes on. A queue without jobs may be paused too.
 * @param names without them all queues there are
 * @throws BadInput for what cannot be a name
 */
export async function pauseQueues(queue: Queue, names?: readonly string[]): Promise<QueueChange> {
  const store = new QueueStore(queue.database);
  const known = await knownNames(queue, store);
  return change(queue, names ?? known, known, (wanted) => store.pause(wanted, whoami()));
}

/** Wakes the workers. @param names without them all that are paused. @throws BadInput for what cannot be a name */
export async function resumeQueues(queue: Queue, names?: readonly string[]): Promise<QueueChange> {
  const store = new QueueStore(queue.database);
  const known = await knownNames(queue, store);
  const wanted = names ?? [...(await store.paused()).keys()];
  return change(queue, wanted, known, (some) => store.resume(some));
}

async function change(
  queue: Queue,
  names: readonly string[],
  known: readonly string[],
  write: (names: readonly string[]) => Promise<string[]>,
): Promise<QueueChange> {
  const wanted = [...new Set(names)];
  for (const name of wanted) checkName('queue', name);
  const changed = wanted.length > 0 ? await write(wanted) : [];
  if (changed.length > 0) queue.database.wake();
  return {
    changed: wanted.filter((name) => changed.includes(name)),
    unchanged: wanted.filter((name) => !changed.includes(name)),
    notes: wanted.filter((name) => !known.includes(name)).map((name) => strangerNote(name, known)),
  };
}

/** Of those that ever had a job or a pause, or that a living worker names. */
async function knownNames(queue: Queue, store: QueueStore): Promise<string[]> {
  const named = (await queue.workers.living()).flatMap(({ queues }) => queues ?? []);
  return [...new Set([...(await store.names()), ...named])].sort();
}

function strangerNote(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `no job was ever in the queue ${name}${meant ? `; did you mean ${meant}?` : ''}`;
}
