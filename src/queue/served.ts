// Whether anybody would run a job now: what `enqueue` tells on a terminal, and whoever would wait in vain.
import type { Database } from '../storage/database.js';
import { type Pause, QueueStore } from '../storage/queues.js';
import { WorkerStore } from '../storage/workers.js';
import { isGone, viewFrom } from './liveness.js';
import type { Queue } from './queue.js';

/** What to tell whoever counts on a job of this lane; null when it is served. */
export async function unservedNote(database: Database, queue: string, type: string): Promise<string | null> {
  const paused = (await new QueueStore(database).paused()).get(queue);
  if (paused) return `the queue ${queue} is paused${by(paused)}; resume it: ${resumeCommand(queue)}`;
  const here = viewFrom(database);
  const living = (await new WorkerStore(database).living()).filter((worker) => !isGone(worker, here));
  const serving = living.filter(({ queues }) => queues === null || queues.includes(queue));
  if (serving.length === 0) return `no worker serves the queue ${queue}; start one: ${startCommand(queue)}`;
  if (serving.some(({ types }) => types.includes(type))) return null;
  return `no worker knows the job type ${type}; once its plugin is installed where they run: queuectl worker restart`;
}

/** The same for a job that is there; null also while it runs, and when it has ended. @throws NoSuchJob */
export async function waitingNote(queue: Queue, id: string): Promise<string | null> {
  const { state, queue: name, type } = await queue.job(id);
  return state === 'pending' || state === 'failed' ? unservedNote(queue.database, name, type) : null;
}

/** Starts a worker that serves a queue. */
export function startCommand(queue: string): string {
  return queue === 'default' ? 'queuectl worker start' : `queuectl worker start --queue ${queue}`;
}

export function resumeCommand(queue: string): string {
  return `queuectl queue resume ${queue}`;
}

/** Who paused it, where that is known. */
export function by({ by }: Pause): string {
  return by === null ? '' : ` by ${by}`;
}
