// Healing: the living workers of a pool replace those that died, each place once.
import { hostKey } from '../process/identity.js';
import { installedVersion } from '../program.js';
import type { Queue } from '../queue/queue.js';
import { launchDetached } from './launch.js';
import { workerName } from './options.js';
import { freeSlots, localWorkers } from './pool.js';

/**
 * Any number of workers may call this at once: one of them is allowed to, and after each time everybody waits, longer and
 * longer when the new ones die at once too. A pool that was stopped, or that a supervisor keeps, is left alone.
 * @returns a sentence on each worker that was started, or why none was
 */
export async function heal(queue: Queue, name: string): Promise<string[]> {
  const pool = await queue.pools.find(hostKey(), name);
  if (pool?.wanted !== 'running' || pool.options.foreground) return [];
  const members = (await localWorkers(queue)).filter((worker) => worker.pool === name);
  const slots = freeSlots(members, pool.size);
  if (slots.length === 0 || !(await queue.pools.takeHealing(pool))) return [];
  const installed = installedVersion();
  if (installed !== pool.version) {
    return [
      `pool ${name} is not refilled: it was started with ${pool.version}, and ${installed ?? 'nothing'} is installed`,
    ];
  }
  const { queues, concurrency } = pool.options;
  const options = { db: queue.database.address, pool: name, queues, concurrency, foreground: false };
  return Promise.all(slots.map((slot) => replaced(queue, { ...options, slot })));
}

async function replaced(queue: Queue, options: Parameters<typeof launchDetached>[1]): Promise<string> {
  try {
    return `${workerName(options)} is replaced (pid ${await launchDetached(queue, options)})`;
  } catch (error) {
    return (error as Error).message;
  }
}
