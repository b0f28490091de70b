// Stays with running jobs that were asked to end, and tells what became of each.
import { Conflict } from './errors.js';
import { showProgress } from './progress.js';
import { type AskedJob, cancelFate } from './queue/cancel.js';
import type { BulkChange } from './queue/change.js';
import type { Queue } from './queue/queue.js';

/** More than these are waited for in turn, and told of together. */
const MOST_LINES = 50;

interface Following {
  wait: boolean;
  /** Each job that was named is told of. */
  named: boolean;
  silent: boolean;
}

/**
 * @param done what a cancel did; jobs that have ended are added to its ids
 * @returns what else is to be told: the ids of those that still run
 * @throws Conflict when one ended by itself before
 */
export async function followCancels(
  queue: Queue,
  { ids, asked }: BulkChange,
  { wait, named, silent }: Following,
): Promise<{ changed: number; ids: string[]; requested: string[] }> {
  const say = (line: string) => silent || process.stderr.write(`${line}\n`);
  if (named) for (const id of ids) say(`job ${id} cancelled`);
  const running: AskedJob[] = [];
  for (const { number, before } of asked) running.push({ job: await queue.job(String(number)), before });
  const requested: string[] = [];
  if (wait) {
    const one = async (job: AskedJob) => follow(queue, job, ids, requested);
    const steps = running.map((job) => ({ title: `ending job ${job.job.id}`, work: () => one(job) }));
    const together = { title: `ending ${running.length} jobs`, work: () => inTurn(running, one) };
    await showProgress(running.length > MOST_LINES ? [together] : steps, { silent });
  } else {
    for (const { job, before } of running) say(`job ${job.id} is ${before ? '' : 'now '}being ended`);
    requested.push(...running.map(({ job }) => job.id));
  }
  return { changed: ids.length, ids, requested };
}

async function follow(queue: Queue, asked: AskedJob, done: string[], waits: string[]): Promise<string> {
  const { fate, job } = await cancelFate(queue, asked);
  if (fate === 'ended') throw new Conflict(`job ${job.id} ended by itself before it could be cancelled: ${job.state}`);
  (fate === 'waits' ? waits : done).push(job.id);
  if (fate === 'cancelled') return `job ${job.id} cancelled`;
  return `job ${job.id} runs without a worker: the next one ends it (queuectl worker start)`;
}

async function inTurn(jobs: readonly AskedJob[], follow: (job: AskedJob) => Promise<string>): Promise<string> {
  for (const job of jobs) await follow(job).catch(() => {}); // of many, some end by themselves
  return `${jobs.length} jobs ended`;
}
