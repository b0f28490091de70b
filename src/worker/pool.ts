// A pool on this host: which places are filled, which are missing, and how workers are stopped.
import { setTimeout as sleep } from 'node:timers/promises';
import { BadInput } from '../errors.js';
import type { Job, Outcome } from '../job/job.js';
import { hostKey, lifeOf } from '../process/identity.js';
import { safeKill } from '../process/safe-kill.js';
import { program } from '../program.js';
import { endDeadWorkers } from '../queue/maintenance.js';
import type { Queue } from '../queue/queue.js';
import type { StopRequest, WorkerInfo } from '../storage/workers.js';
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
  const { pool: name, queues, concurrency, foreground } = options;
  const [host, version] = [hostKey(), program().version];
  await queue.pools.set({ host, name, size, wanted: 'running', options: { queues, concurrency, foreground }, version });
  const members = (await localWorkers(queue)).filter(({ pool }) => pool === name);
  const staying = members.filter(({ stop }) => stop === null);
  return {
    running: staying.slice(0, size),
    missing: freeSlots(members, size).map((slot) => ({ ...options, slot })),
    surplus: staying.slice(size),
  };
}

/** The places that bring a pool to its size. Whoever is about to stop does not count, but keeps its place until then. */
export function freeSlots(members: readonly WorkerInfo[], size: number): number[] {
  const taken = new Set(members.map(({ slot }) => slot));
  const missing = size - members.filter(({ stop }) => stop === null).length;
  const places = Array.from({ length: size + members.length }, (_, index) => index + 1);
  return missing > 0 ? places.filter((slot) => !taken.has(slot)).slice(0, missing) : [];
}

/** Workers that have not ended and whose processes this host can reach. */
export async function localWorkers(queue: Queue): Promise<WorkerInfo[]> {
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
  /** @param say what it does meanwhile. @returns what to say when it is done */
  work: (say: (title: string) => void) => Promise<string>;
}

/** What it takes to bring a pool to its size, to be done side by side. */
export function poolSteps(queue: Queue, { missing, surplus }: PoolPlan): Step[] {
  const starts = missing.map((options) => ({
    title: workerName(options),
    work: async () => `${workerName(options)} ready (pid ${await launchDetached(queue, options)})`,
  }));
  const stops = surplus.map((worker) => ({
    title: `${worker.name} is finishing its jobs`,
    work: async () => {
      await queue.workers.askStop(worker.number, 'drain', { shrinks: false });
      await stopWorker(queue, worker, { patienceMs: null });
      return `${worker.name} stopped`;
    },
  }));
  return [...starts, ...stops];
}

export interface StopPlan {
  /** Will be told to stop. */
  living: WorkerInfo[];
  /** Had died before: their rows are ended, nothing was signalled. */
  gone: WorkerInfo[];
}

/**
 * Records that workers are to stop, so that nobody replaces them.
 * @param names of workers, whose pools are smaller from then on; none is all of this host, and its pools then stay stopped
 * @throws BadInput
 */
export async function planStop(queue: Queue, names: readonly string[], how: StopRequest): Promise<StopPlan> {
  if (names.length === 0) await queue.pools.stopAll(hostKey()); // first: a worker that is just being started is refused then
  const gone = await endDeadWorkers(queue);
  const living = await localWorkers(queue);
  const known = [...living, ...gone];
  const unknown = names.find((name) => !known.some((worker) => worker.name === name));
  if (unknown !== undefined) throw new BadInput(`no such worker: ${unknown}`, ['queuectl worker list shows them']);
  const named = (worker: WorkerInfo) => names.length === 0 || names.includes(worker.name);
  const replaced = (worker: WorkerInfo) => living.some(({ name }) => name === worker.name);
  const plan = { living: living.filter(named), gone: gone.filter((worker) => named(worker) && !replaced(worker)) };
  for (const { number } of [...plan.living, ...plan.gone]) {
    await queue.workers.askStop(number, how, { shrinks: names.length > 0 });
  }
  return plan;
}

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
}

const LOOK_EVERY_MS = 30;

/** Tells a worker to stop and waits until it has. */
export async function stopWorker(queue: Queue, worker: WorkerInfo, options: StopOptions): Promise<Stopped> {
  const { patienceMs, leave = false } = options;
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
  return { released: await those(queue, interrupted, 'released'), left: await those(queue, running, null) };
}

export function stoppedLine({ name }: WorkerInfo, { released, left }: Stopped): string {
  const gaveBack = released.length > 0 ? `; gave back ${released.join(', ')}` : '';
  return `${name} stopped${gaveBack}${left.length > 0 ? `; left ${left.join(', ')} running` : ''}`;
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
