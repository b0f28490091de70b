// Why a job does not run, or how it ended: one sentence, and the command that would change it.
import { causeSentence } from '../job/cause.js';
import type { Job } from '../job/job.js';
import { QueueStore } from '../storage/queues.js';
import { defaultPolicy } from './policy.js';
import type { JobDetails, Queue } from './queue.js';
import { by, resumeCommand, startCommand } from './served.js';

export interface Why {
  job: Job;
  /** Epoch ms at which it was looked at. */
  now: number;
  /** Stable name for scripts. */
  code: WhyCode;
  /** Goes on after "job ID". */
  sentence: string;
  /** What would change it; null when nothing is to be done. */
  command: string | null;
}

export type WhyCode =
  | ('not_due' | 'paused' | 'no_worker' | 'no_worker_for_type' | 'all_slots_busy' | 'next')
  | ('running' | 'left' | 'cancelling' | 'backoff' | 'held' | 'completed' | 'dead' | 'cancelled' | 'expired');

type Answer = Pick<Why, 'code' | 'sentence' | 'command'>;

/** @throws NoSuchJob */
export async function why(queue: Queue, id: string): Promise<Why> {
  const details = await queue.details(id);
  return { job: details.job, now: details.now, ...(await answer(queue, details)) };
}

async function answer(queue: Queue, { job, events, now }: JobDetails): Promise<Answer> {
  const { id } = job;
  const [last] = events.slice(-1);
  const by = last ? ` by ${last.who}` : '';
  const atOnce = `queuectl update ${id} --delay 0`;
  // Due, it is as good as pending: the next worker that looks makes it so.
  const isDue = job.wakeAt === null || job.wakeAt <= now;
  const cause = causeSentence(job.cause);
  switch (job.state) {
    case 'completed':
      return { code: 'completed', sentence: 'has completed', command: `queuectl logs ${id}` };
    case 'cancelled':
      if (job.cause === 'expired') {
        return { code: 'expired', sentence: 'was not started in time, and expired', command: `queuectl retry ${id}` };
      }
      return { code: 'cancelled', sentence: `was cancelled${by}`, command: `queuectl retry ${id}` };
    case 'held':
      return { code: 'held', sentence: `is held back${by}`, command: `queuectl release ${id}` };
    case 'dead': {
      const tries = job.failures > 1 ? ` after ${job.failures} failures` : '';
      return { code: 'dead', sentence: `failed for good${tries}: ${cause}`, command: `queuectl dlq retry ${id}` };
    }
    case 'failed': {
      if (isDue) return waiting(queue, job);
      const { maxRetries } = defaultPolicy(await queue.settings());
      const most = job.maxRetries ?? maxRetries;
      const sentence = `waits for its next try: failure ${job.failures} was ${cause}, and it has ${most} retries`;
      return { code: 'backoff', sentence, command: atOnce };
    }
    case 'processing':
      return running(queue, job);
    case 'pending':
      return isDue ? waiting(queue, job) : { code: 'not_due', sentence: 'is not due yet', command: atOnce };
  }
}

async function running(queue: Queue, { id, number, worker }: Job): Promise<Answer> {
  const holder = (await queue.workerViews()).find((one) => one.number === worker);
  if (!holder || holder.gone) {
    const sentence = 'was left by a worker that is gone; the next one takes it over';
    return { code: 'left', sentence, command: 'queuectl worker start' };
  }
  const on = `runs on ${holder.name} of ${holder.hostName}`;
  const asked = (await queue.cancels.requests(holder.number)).some(({ job }) => job === number);
  if (asked) return { code: 'cancelling', sentence: `${on}, and was asked to end`, command: null };
  return { code: 'running', sentence: on, command: `queuectl logs --follow ${id}` };
}

async function waiting(queue: Queue, { queue: name, type }: Job): Promise<Answer> {
  const paused = (await new QueueStore(queue.database).paused()).get(name);
  if (paused) {
    return {
      code: 'paused',
      sentence: `waits: its queue ${name} is paused${by(paused)}`,
      command: resumeCommand(name),
    };
  }
  const living = (await queue.workerViews()).filter(({ gone }) => !gone);
  const serving = living.filter(({ queues }) => queues === null || queues.includes(name));
  if (serving.length === 0) {
    return { code: 'no_worker', sentence: `waits: no worker serves the queue ${name}`, command: startCommand(name) };
  }
  const knowing = serving.filter(({ types }) => types.includes(type));
  if (knowing.length === 0) return withoutType(queue, type);
  const busy = knowing.every(({ jobs, concurrency }) => jobs.length >= concurrency);
  if (busy) {
    const slots = knowing.reduce((sum, { concurrency }) => sum + concurrency, 0);
    const sentence = `waits: all ${slots} slots of the workers that serve it are busy`;
    return { code: 'all_slots_busy', sentence, command: 'queuectl status' };
  }
  return { code: 'next', sentence: 'is about to start', command: null };
}

async function withoutType(queue: Queue, type: string): Promise<Answer> {
  const known = await queue.typeOrigins.find(type);
  const from = known ? `, which plugin ${known.plugin} ${known.version} brought` : '';
  const plugin = known?.plugin ?? 'PLUGIN';
  return {
    code: 'no_worker_for_type',
    sentence: `waits: no worker knows the job type ${type}${from}`,
    command: `queuectl plugins install ${plugin}`,
  };
}
