// A queue in a temporary folder, a clock for it, and a worker's part played by hand.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Ending } from '../../src/job/job.js';
import { checkRequest, type JobRequest } from '../../src/job/request.js';
import { openQueue } from '../../src/open-queue.js';
import type { Queue } from '../../src/queue/queue.js';
import type { Claim } from '../../src/storage/claims.js';
import type { Ended } from '../../src/storage/settlements.js';
import { ended, everything, newWorker, policy } from '../storage/backend.js';
import { temporaryFolder } from '../storage/temporary-queue.js';

export interface TestQueue {
  queue: Queue;
  location: string;
  advance(ms: number): void;
}

/** The clock starts now: what is shown as an age goes by the real one. */
export async function temporaryQueue(env: NodeJS.ProcessEnv = {}): Promise<TestQueue> {
  const location = join(temporaryFolder(), 'queue.db');
  let ahead = 0;
  const queue = await openQueue({ db: location, env, clock: () => Date.now() + ahead });
  onTestFinished(() => queue.close());
  return {
    queue,
    location,
    advance: (ms) => {
      ahead += ms;
    },
  };
}

/** @returns the ids */
export function enqueue(queue: Queue, ...requests: JobRequest[]): Promise<string[]> {
  return queue.enqueue(requests.map((request) => checkRequest({ command: 'true', ...request })));
}

export async function claim(queue: Queue, worker: number, room = 1): Promise<Claim[]> {
  return (await queue.runs.turn({ worker, ended: [], room, served: everything, policy })).claims;
}

export async function settle(queue: Queue, worker: number, ...all: Ended[]): Promise<void> {
  await queue.runs.turn({ worker, ended: all, room: 0, served: everything, policy });
}

export async function newWorkerOf(queue: Queue): Promise<number> {
  return (await queue.workers.register(newWorker()))!;
}

/** Claims so many jobs and ends them so. */
export async function run(queue: Queue, ending: Ending, room = 1, more: Partial<Ended> = {}): Promise<Claim[]> {
  const worker = await newWorkerOf(queue);
  const claims = await claim(queue, worker, room);
  await settle(queue, worker, ...claims.map((one) => ended(one, ending, more)));
  return claims;
}
