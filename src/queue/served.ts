// Whether anybody would run a job now: what `enqueue` tells on a terminal, and whoever would wait in vain.
import type { Database } from '../storage/database.js';
import { WorkerStore } from '../storage/workers.js';
import { isGone, viewFrom } from './liveness.js';

/** What to tell whoever counts on a job of this lane; null when it is served. */
export async function unservedNote(database: Database, queue: string, type: string): Promise<string | null> {
  const here = viewFrom(database);
  const living = (await new WorkerStore(database).living()).filter((worker) => !isGone(worker, here));
  const serving = living.filter(({ queues }) => queues === null || queues.includes(queue));
  if (serving.length === 0) return `no worker serves the queue ${queue}; start one: ${startCommand(queue)}`;
  if (serving.some(({ types }) => types.includes(type))) return null;
  return `no worker knows the job type ${type}; once its plugin is installed where they run: queuectl worker restart`;
}

/** Starts a worker that serves a queue. */
export function startCommand(queue: string): string {
  return queue === 'default' ? 'queuectl worker start' : `queuectl worker start --queue ${queue}`;
}
