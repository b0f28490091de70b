// Whether anybody would run a job of a queue now: what `enqueue` tells on a terminal.
import { hostKey } from '../process/identity.js';
import type { Database } from '../storage/database.js';
import { WorkerStore } from '../storage/workers.js';
import { isGone } from './maintenance.js';

export async function isServed(database: Database, queue: string): Promise<boolean> {
  const living = await new WorkerStore(database).living();
  const host = hostKey();
  return living.some((worker) => (worker.queues === null || worker.queues.includes(queue)) && !isGone(worker, host));
}
