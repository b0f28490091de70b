// Whether a worker seems to be gone, as seen from where this program runs.
import { bootOf, hostKey, lifeOf } from '../process/identity.js';
import type { Database } from '../storage/database.js';
import type { WorkerInfo } from '../storage/workers.js';

/** Where this program is, and whether all workers are on the same machine. */
interface Viewpoint {
  host: string;
  oneMachine: boolean;
}

export function viewFrom({ oneMachine }: Database): Viewpoint {
  return { host: hostKey(), oneMachine };
}

/** Enough to say so, not to take its jobs. */
export function isGone(worker: WorkerInfo, here: Viewpoint): boolean {
  if (worker.host === here.host) {
    const life = lifeOf({ pid: worker.pid, start: worker.pidStart });
    if (life !== 'unknown') return life === 'gone';
  }
  return isAbandoned(worker, here);
}

/** A queue's file belongs to one machine: a worker of another boot did not live through the reboot (F29). */
export function isAbandoned({ host, leaseOver }: { host: string; leaseOver: boolean }, here: Viewpoint): boolean {
  return leaseOver || (here.oneMachine && bootOf(host) !== bootOf(here.host));
}
