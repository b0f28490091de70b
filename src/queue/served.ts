// Whether anybody would run a job of a queue now: what `enqueue` tells on a terminal.
import type { Database } from '../storage/database.js';
import { WorkerStore } from '../storage/workers.js';

export async function isServed(database: Database, queue: string): Promise<boolean> {
  const living = await new WorkerStore(database).living();
  return living.some(({ queues, leaseOver }) => !leaseOver && (queues === null || queues.includes(queue)));
}
