// Whether anybody would run a job of a queue now: what `enqueue` tells on a terminal, and whoever would wait in vain.
import type { Database } from '../storage/database.js';
import { WorkerStore } from '../storage/workers.js';
import { isGone, viewFrom } from './liveness.js';

/** What to tell whoever counts on the queue; null when it is served. */
export async function unservedNote(database: Database, queue: string): Promise<string | null> {
  if (await isServed(database, queue)) return null;
  const start = queue === 'default' ? 'queuectl worker start' : `queuectl worker start --queue ${queue}`;
  return `no worker serves the queue ${queue}; start one: ${start}`;
}

async function isServed(database: Database, queue: string): Promise<boolean> {
  const living = await new WorkerStore(database).living();
  const here = viewFrom(database);
  return living.some((worker) => (worker.queues === null || worker.queues.includes(queue)) && !isGone(worker, here));
}
