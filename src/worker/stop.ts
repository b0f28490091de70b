// Tells workers to stop and waits until they have: those of this host by a signal, others through their rows.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Outcome } from '../job/job.js';
import { hostKey, lifeOf } from '../process/identity.js';
import { safeKill } from '../process/safe-kill.js';
import { endDeadWorkers } from '../queue/maintenance.js';
import type { Queue } from '../queue/queue.js';
import type { StopRequest } from '../storage/stops.js';
import type { WorkerInfo } from '../storage/workers.js';

export interface StopOptions {
  /** How long to wait for its jobs before they are ended and given back, ms. Null waits for as long as it takes. */
  patienceMs: number | null;
  /** Its jobs go on without it. */
  leave?: boolean;
}

/** Ids of the jobs that a worker was running when it stopped. */
export interface Stopped {
  /** They were ended and given back. */
  released: string[];
  /** They go on, and wait for a worker to take them over. */
  left: string[];
  /** It gave no sign of life: its host is gone, or cannot reach the queue. */
  silent: boolean;
}

const LOOK_EVERY_MS = 30;
/** A question to the database. */
const ASK_EVERY_MS = 200;

/** Tells a worker to stop and waits until it has. */
export function stopWorker(queue: Queue, worker: WorkerInfo, options: StopOptions): Promise<Stopped> {
  return worker.host === hostKey() ? stopHere(queue, worker, options) : stopElsewhere(queue, worker, options);
}

async function stopHere(queue: Queue, worker: WorkerInfo, { patienceMs, leave }: StopOptions): Promise<Stopped> {
  const identity = { pid: worker.pid, start: worker.pidStart };
  const askedAt = performance.now();
  let interrupted: Job[] | undefined;
  const interrupt = async () => {
    interrupted = await runningJobs(queue, worker);
    safeKill(identity, 'SIGQUIT');
  };
  const running = leave ? await runningJobs(queue, worker) : [];
  if (patienceMs === 0) await interrupt();
  else safeKill(identity, leave ? 'SIGUSR2' : 'SIGTERM');
  while (lifeOf(identity) === 'alive') {
    if (!interrupted && patienceMs !== null && performance.now() - askedAt > patienceMs) await interrupt();
    await sleep(LOOK_EVERY_MS);
  }
  await queue.workers.end(worker.number); // it does so itself, unless it was killed
  return {
    released: await those(queue, interrupted, 'released'),
    left: await those(queue, running, null),
    silent: false,
  };
}

/** The worker keeps the deadline by itself, also when whoever asked is not there any more. */
async function stopElsewhere(queue: Queue, worker: WorkerInfo, { patienceMs, leave }: StopOptions): Promise<Stopped> {
  const running = await runningJobs(queue, worker);
  const how: StopRequest = leave ? 'leave' : patienceMs === 0 ? 'release' : 'drain';
  await queue.stops.order(worker.number, { how, releaseInMs: patienceMs });
  queue.database.wake();
  const isIt = ({ number }: WorkerInfo) => number === worker.number;
  let silent = false;
  while ((await queue.workers.living()).some(isIt)) {
    silent = (await endDeadWorkers(queue)).some(isIt);
    await sleep(ASK_EVERY_MS);
  }
  return {
    released: await those(queue, running, 'released'),
    left: leave ? await those(queue, running, null) : [],
    silent,
  };
}

/** Its name, and its host where that is another one. */
export function fullName({ name, host, hostName }: WorkerInfo): string {
  return host === hostKey() ? name : `${name} on ${hostName}`;
}

export function stoppedLine(worker: WorkerInfo, { released, left, silent }: Stopped): string {
  if (silent) return `${fullName(worker)} gave no sign of life for a whole lease: taken for dead`;
  const gaveBack = released.length > 0 ? `; gave back ${released.join(', ')}` : '';
  return `${fullName(worker)} stopped${gaveBack}${left.length > 0 ? `; left ${left.join(', ')} running` : ''}`;
}

async function runningJobs(queue: Queue, { number }: WorkerInfo): Promise<Job[]> {
  return (await queue.workerViews()).find((view) => view.number === number)?.jobs ?? [];
}

/** Whose attempts ended so, or go on: some may have ended by themselves in the last moment. */
async function those(queue: Queue, jobs: readonly Job[] = [], outcome: Outcome | null): Promise<string[]> {
  const found: string[] = [];
  for (const { number, id, attempt } of jobs) {
    const { attempts } = await queue.details(String(number));
    if (attempts.find((one) => one.attempt === attempt)?.outcome === outcome) found.push(id);
  }
  return found;
}
