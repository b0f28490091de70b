// Waits for jobs that somebody asked to be cancelled, and tells what became of each.
import type { Job } from '../job/job.js';
import { isGone, viewFrom } from './liveness.js';
import { News } from './news.js';
import type { Queue } from './queue.js';

/** A job that runs and is to be cancelled. */
export interface AskedJob {
  job: Job;
  /** Somebody else had asked before. */
  before: boolean;
}

/** `cancelled`; `ended` by itself before; or `waits`, since no worker lives that could end it. */
export type CancelFate = 'cancelled' | 'ended' | 'waits';

/** The successor of a worker that died takes a moment. */
const NOBODY_FOR_MS = 3000;

/** @returns what became of it, and the job as it is then */
export async function cancelFate(queue: Queue, { job: asked }: AskedJob): Promise<{ fate: CancelFate; job: Job }> {
  const news = new News(queue.database);
  try {
    return await fateWith(news, queue, asked);
  } finally {
    news.close();
  }
}

async function fateWith(news: News, queue: Queue, asked: Job): Promise<{ fate: CancelFate; job: Job }> {
  let obeyedAt = performance.now();
  for (;;) {
    const job = await queue.job(String(asked.number));
    if (job.state !== 'processing' || job.attempt !== asked.attempt) {
      return { fate: job.state === 'cancelled' ? 'cancelled' : 'ended', job };
    }
    if (await canBeObeyed(queue, job)) obeyedAt = performance.now();
    else if (performance.now() - obeyedAt > NOBODY_FOR_MS) return { fate: 'waits', job };
    await news.within(Number.POSITIVE_INFINITY);
  }
}

/** By its holder, or by whoever adopts it on its host. */
async function canBeObeyed(queue: Queue, job: Job): Promise<boolean> {
  const here = viewFrom(queue.database);
  const living = await queue.workers.living();
  const holder = job.worker === null ? undefined : (await queue.workers.places([job.worker])).get(job.worker);
  const host = holder?.host ?? here.host;
  return living.some((worker) => worker.host === host && !isGone(worker, here));
}
