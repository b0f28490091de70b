// Which workers `worker stop` means, and that nobody replaces them.
import { BadInput } from '../errors.js';
import { hostKey } from '../process/identity.js';
import { endDeadWorkers } from '../queue/maintenance.js';
import type { Queue } from '../queue/queue.js';
import type { StopRequest } from '../storage/stops.js';
import type { WorkerInfo } from '../storage/workers.js';
import type { Step } from './pool.js';
import { fullName, type StopOptions, type Stopped, stoppedLine, stopWorker } from './stop.js';

/** The workers of this host; those of the hosts of a name; all. */
export type StopScope = 'here' | 'everywhere' | { hostName: string };

export interface StopPlan {
  /** Will be told to stop. */
  living: WorkerInfo[];
  /** Had died before: their rows are ended, nothing was signalled. */
  gone: WorkerInfo[];
}

/**
 * Records that workers are to stop, so that nobody replaces them.
 * @param names of workers, whose pools are smaller from then on; none is all of the scope, and its pools then stay stopped
 * @throws BadInput
 */
export async function planStop(
  queue: Queue,
  names: readonly string[],
  scope: StopScope,
  how: StopRequest,
): Promise<StopPlan> {
  const hosts = await hostsOf(queue, scope);
  if (names.length === 0) await queue.pools.stopAll(hosts); // first: a worker that is just being started is refused then
  const gone = await endDeadWorkers(queue);
  const all = await queue.workers.living();
  const living = all.filter(({ host }) => hosts === null || hosts.includes(host));
  const known = [...living, ...gone];
  const unknown = names.find((name) => !known.some((worker) => worker.name === name));
  if (unknown !== undefined) throw noSuchWorker(unknown, all);
  const named = (worker: WorkerInfo) => names.length === 0 || names.includes(worker.name);
  const replaced = (worker: WorkerInfo) => living.some(({ name }) => name === worker.name);
  const plan = { living: living.filter(named), gone: gone.filter((worker) => named(worker) && !replaced(worker)) };
  for (const { number } of [...plan.living, ...plan.gone]) {
    await queue.stops.ask(number, how, { shrinks: names.length > 0 });
  }
  return plan;
}

/** To be done side by side. @param done is told what became of each */
export function stopSteps(
  queue: Queue,
  { living }: StopPlan,
  options: StopOptions,
  done: (stopped: Stopped) => void,
): Step[] {
  return living.map((worker) => ({
    title: `${fullName(worker)} is ${options.leave ? 'leaving' : 'finishing'} its jobs`,
    work: async () => {
      const stopped = await stopWorker(queue, worker, options);
      done(stopped);
      return stoppedLine(worker, stopped);
    },
  }));
}

/** @returns null for all */
async function hostsOf(queue: Queue, scope: StopScope): Promise<string[] | null> {
  if (scope === 'everywhere') return null;
  if (scope === 'here') return [hostKey()];
  const hosts = await queue.workers.hostsOf(scope.hostName);
  if (hosts.length > 0) return hosts;
  throw new BadInput(`no host ${scope.hostName} has had workers`, ['queuectl worker list shows the hosts']);
}

/** The same name exists on other hosts, too: they are reached by naming the host. */
function noSuchWorker(name: string, all: readonly WorkerInfo[]): BadInput {
  const elsewhere = all.find((worker) => worker.name === name);
  const hint = elsewhere && `on ${elsewhere.hostName}: queuectl worker stop ${name} --host ${elsewhere.hostName}`;
  return new BadInput(`no such worker: ${name}`, [hint ?? 'queuectl worker list shows them']);
}
