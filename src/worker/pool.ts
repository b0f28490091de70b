// A pool on this host: which places are filled, and which are missing.
import { hostKey } from '../process/identity.js';
import { program } from '../program.js';
import { isGone, viewFrom } from '../queue/liveness.js';
import { endDeadWorkers } from '../queue/maintenance.js';
import type { Queue } from '../queue/queue.js';
import type { WorkerInfo } from '../storage/workers.js';
import { launchDetached, untilReady } from './launch.js';
import { type WorkerOptions, workerName } from './options.js';
import { stopWorker } from './stop.js';

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

/** Where somebody else was quicker with the place there is nothing to start. @throws WorkerFault */
async function start(queue: Queue, options: WorkerOptions): Promise<string> {
  try {
    return `${workerName(options)} ready (pid ${await launchDetached(queue, options)})`;
  } catch (error) {
    const here = viewFrom(queue.database);
    const other = (await localWorkers(queue)).find(({ pool, slot }) => pool === options.pool && slot === options.slot);
    if (!other || other.stop !== null || isGone(other, here)) throw error;
    await untilReady(queue, ({ number }) => number === other.number);
    return runsAlready(other, options);
  }
}

/** What it takes to bring a pool to its size, to be done side by side. */
export function poolSteps(queue: Queue, { missing, surplus }: PoolPlan): Step[] {
  const starts = missing.map((options) => ({
    title: workerName(options),
    work: () => start(queue, options),
  }));
  const stops = surplus.map((worker) => ({
    title: `${worker.name} is finishing its jobs`,
    work: async () => {
      await queue.stops.ask(worker.number, 'drain', { shrinks: false });
      await stopWorker(queue, worker, { patienceMs: null });
      return `${worker.name} stopped`;
    },
  }));
  return [...starts, ...stops];
}
