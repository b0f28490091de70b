// Upkeep: small idempotent pieces of housekeeping that any worker runs. Two at once do no harm.
import type { Orphan } from '../storage/runs.js';
import type { WorkerInfo } from '../storage/workers.js';
import { isAbandoned, isGone, viewFrom } from './liveness.js';
import type { Queue } from './queue.js';

/**
 * Ends the rows of workers that are gone; their running jobs then are orphans. On this host it goes by process
 * identity and not by time, and by lease where a process cannot be looked at. Elsewhere it also takes a silence that this
 * process has itself witnessed: one that has just started takes nobody there for dead.
 * @returns the workers that this call ended
 */
export async function endDeadWorkers(queue: Queue): Promise<WorkerInfo[]> {
  const here = viewFrom(queue.database);
  const ended: WorkerInfo[] = [];
  for (const worker of await queue.workers.living()) {
    const near = worker.host === here.host;
    const leaseOver = near ? worker.leaseOver : queue.silence.isDeadly({ ...worker, worker: worker.number });
    if (isGone({ ...worker, leaseOver }, here) && (await queue.workers.end(worker.number))) ended.push(worker);
  }
  return ended;
}

/**
 * Running jobs that nobody follows, and that a worker on this host may take over. Those of another host or PID namespace
 * are left to the workers there, which alone can see whether they run: until none is left, and the lease of the worker
 * that is gone would be over.
 */
export async function orphans(queue: Queue): Promise<Orphan[]> {
  const here = viewFrom(queue.database);
  const left = await queue.runs.orphans();
  const elsewhere = left.some(({ host }) => host !== here.host);
  const living = new Set(elsewhere ? (await queue.workers.living()).map(({ host }) => host) : []);
  return left.filter((orphan) => {
    if (orphan.host === here.host) return true;
    const leaseOver = queue.silence.isDeadly(orphan); // asked in any case: it has to be seen for a while
    return !living.has(orphan.host) && isAbandoned({ ...orphan, leaseOver }, here);
  });
}
