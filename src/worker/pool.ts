// A pool on this host: which places are filled, which are missing, and how workers are stopped.
import { setTimeout as sleep } from 'node:timers/promises';
import { BadInput } from '../errors.js';
import type { Job } from '../job/job.js';
import { hostKey, lifeOf } from '../process/identity.js';
import { safeKill } from '../process/safe-kill.js';
import { program } from '../program.js';
import { endDeadWorkers } from '../queue/maintenance.js';
import type { Queue } from '../queue/queue.js';
import type { WorkerInfo } from '../storage/workers.js';
import { launchDetached } from './launch.js';
import { type WorkerOptions, workerName } from './options.js';

export interface PoolPlan {
  /** Running already. */
  running: WorkerInfo[];
  /** To be started. */
  missing: WorkerOptions[];
  /** Beyond the wanted size, to be stopped. */
  surplus: WorkerInfo[];
}

/** Records the size that a pool should have, and says what that takes. */
export async function planPool(queue: Queue, size: number, options: Omit<WorkerOptions, 'slot'>): Promise<PoolPlan> {
  await endDeadWorkers(queue);
  const host = hostKey();
  const members = (await localWorkers(queue)).filter(({ pool }) => pool === options.pool);
  const { queues, concurrency } = options;
  await queue.workers.setPool(
    { host, name: options.pool, size, wanted: 'running' },
    { queues, concurrency },
    program().version,
  );
  const running = members.filter(({ slot, state }) => slot <= size && state !== 'stopping');
  const taken = new Set(members.map(({ slot }) => slot));
  const free = Array.from({ length: size + members.length }, (_, index) => index + 1).filter(
    (slot) => !taken.has(slot),
  );
  return {
    running,
    missing: free.slice(0, size - running.length).map((slot) => ({ ...options, slot })),
    surplus: members.filter(({ slot, state }) => slot > size && state !== 'stopping'),
  };
}

/** Workers that have not ended and whose processes this host can reach. */
async function localWorkers(queue: Queue): Promise<WorkerInfo[]> {
  const host = hostKey();
  return (await queue.workers.living()).filter((worker) => worker.host === host);
}

/** Says that a worker runs, and what it keeps of the options that it was started with. */
export function runsAlready(worker: WorkerInfo, { concurrency, queues }: Omit<WorkerOptions, 'slot'>): string {
  const same = worker.concurrency === concurrency && JSON.stringify(worker.queues) === JSON.stringify(queues);
  const kept = `concurrency ${worker.concurrency}, ${worker.queues?.join(', ') ?? 'all queues'}`;
  const unlike = same ? '' : ` and keeps what it was started with (${kept}): stop it first to change that`;
  return `${worker.name} runs already (pid ${worker.pid})${unlike}`;
}

/** Something that takes a while, for a display of progress. */
export interface Step {
  title: string;
  /** @returns what to say when it is done */
  work: () => Promise<string>;
}

/** What it takes to bring a pool to its size, to be done side by side. */
export function poolSteps(queue: Queue, { missing, surplus }: PoolPlan): Step[] {
  const starts = missing.map((options) => ({
    title: workerName(options),
    work: async () => `${workerName(options)} ready (pid ${await launchDetached(queue, options)})`,
  }));
  const stops = surplus.map((worker) => ({
    title: `${worker.name} is finishing its jobs`,
    work: () => stopWorker(queue, worker, { patienceMs: null }).then(() => `${worker.name} stopped`),
  }));
  return [...starts, ...stops];
}

export interface StopPlan {
  /** Will be told to stop. */
  living: WorkerInfo[];
  /** Had died before: their rows are ended, nothing was signalled. */
  gone: WorkerInfo[];
}

/** @param names of workers; none is all of this host, and its pools then stay stopped. @throws BadInput */
export async function planStop(queue: Queue, names: readonly string[]): Promise<StopPlan> {
  const gone = await endDeadWorkers(queue);
  const living = await localWorkers(queue);
  if (names.length === 0) {
    await queue.workers.stopPools(hostKey());
    return { living, gone };
  }
  const known = [...living, ...gone];
  const unknown = names.find((name) => !known.some((worker) => worker.name === name));
  if (unknown !== undefined) throw new BadInput(`no such worker: ${unknown}`, ['queuectl worker list shows them']);
  const named = (worker: WorkerInfo) => names.includes(worker.name);
  return { living: living.filter(named), gone: gone.filter(named) };
}

export interface StopOptions {
  /** How long to wait for its jobs before they are ended and given back, ms. Null waits for as long as it takes. */
  patienceMs: number | null;
}

const LOOK_EVERY_MS = 30;

/**
 * Tells a worker to stop and waits until it has.
 * @returns the ids of the jobs that were ended and given back
 */
export async function stopWorker(queue: Queue, worker: WorkerInfo, { patienceMs }: StopOptions): Promise<string[]> {
  const identity = { pid: worker.pid, start: worker.pidStart };
  const askedAt = performance.now();
  let interrupted: Job[] | undefined;
  const interrupt = async () => {
    interrupted = await runningJobs(queue, worker);
    safeKill(identity, 'SIGQUIT');
  };
  if (patienceMs === 0) await interrupt();
  else safeKill(identity, 'SIGTERM');
  while (lifeOf(identity) === 'alive') {
    if (!interrupted && patienceMs !== null && performance.now() - askedAt > patienceMs) await interrupt();
    await sleep(LOOK_EVERY_MS);
  }
  await queue.workers.end(worker.number); // it does so itself, unless it was killed
  return givenBack(queue, interrupted ?? []);
}

async function runningJobs(queue: Queue, { number }: WorkerInfo): Promise<Job[]> {
  return (await queue.workerViews()).find((view) => view.number === number)?.jobs ?? [];
}

/** Some may have ended by themselves in the last moment. */
async function givenBack(queue: Queue, jobs: readonly Job[]): Promise<string[]> {
  const released: string[] = [];
  for (const { id, attempt } of jobs) {
    const { attempts } = await queue.details(id);
    if (attempts.find((one) => one.attempt === attempt)?.outcome === 'released') released.push(id);
  }
  return released;
}
