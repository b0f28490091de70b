// Replaces workers one by one, each in its place and with its options, while their shell jobs go on.
import { BadInput } from '../errors.js';
import { hostKey } from '../process/identity.js';
import { program } from '../program.js';
import { endDeadWorkers } from '../queue/maintenance.js';
import type { Queue } from '../queue/queue.js';
import type { WorkerInfo } from '../storage/workers.js';
import { launchDetached } from './launch.js';
import { localWorkers, type Step } from './pool.js';
import { stopWorker } from './stop.js';

export interface RestartPlan {
  workers: WorkerInfo[];
  /** Kept in the foreground by a supervisor, whose business it is. */
  supervised: WorkerInfo[];
}

/** @param names of workers; none is all of this host. @throws BadInput */
export async function planRestart(queue: Queue, names: readonly string[]): Promise<RestartPlan> {
  await endDeadWorkers(queue);
  const staying = (await localWorkers(queue)).filter(({ stop }) => stop === null);
  const unknown = names.find((name) => !staying.some((worker) => worker.name === name));
  if (unknown !== undefined) throw new BadInput(`no such worker: ${unknown}`, ['queuectl worker list shows them']);
  const plan: RestartPlan = { workers: [], supervised: [] };
  for (const worker of staying.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const pool = await queue.pools.find(worker.host, worker.pool);
    (pool?.options.foreground ? plan.supervised : plan.workers).push(worker);
  }
  return plan;
}

/** To be done one by one, so that the pool is never short of more than one worker. */
export function restartSteps(queue: Queue, { workers }: RestartPlan): Step[] {
  return workers.map((worker) => ({ title: `restarting ${worker.name}`, work: () => restart(queue, worker) }));
}

async function restart(queue: Queue, worker: WorkerInfo): Promise<string> {
  const { number, name, pool, slot, concurrency, queues } = worker;
  await queue.pools.hold(hostKey(), pool, program().version); // or the others would fill the place too
  try {
    await queue.stops.ask(number, 'leave', { shrinks: false });
    const { left } = await stopWorker(queue, worker, { patienceMs: null, leave: true });
    const db = queue.database.address;
    const pid = await launchDetached(queue, { db, pool, slot, concurrency, queues, foreground: false });
    return `${name} restarted (pid ${pid})${left.length > 0 ? `; ${left.join(', ')} went on meanwhile` : ''}`;
  } finally {
    await queue.pools.letGo(hostKey(), pool);
  }
}
