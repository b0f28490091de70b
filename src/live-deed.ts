// Does what a key of the live terminal asked for, and says what became of it.
import { CHANGES } from './job/change.js';
import type { Queue } from './queue/queue.js';
import { pauseQueues, resumeQueues } from './queue/queues.js';
import type { Deed } from './terminal/live/state.js';

/** @returns one sentence. @throws Conflict, NoSuchJob: the job has moved on meanwhile */
export async function doDeed(queue: Queue, deed: Deed): Promise<string> {
  if ('queue' in deed) {
    const { changed } = await (deed.kind === 'pause' ? pauseQueues : resumeQueues)(queue, [deed.queue]);
    const done = deed.kind === 'pause' ? 'paused' : 'resumed';
    return changed.length > 0 ? `queue ${deed.queue} ${done}` : `queue ${deed.queue} was ${done} before`;
  }
  const { kind, job } = deed;
  const change = kind === 'cancel' ? ({ kind, signal: null } as const) : { kind };
  const { asked, copies } = await queue.change({ named: [job.number], filter: {} }, change);
  if (asked.length > 0) return `job ${job.id} is being ended`;
  if (copies[0]) return `job ${job.id} runs again as job ${copies[0].id}`;
  return `job ${job.id} ${CHANGES[kind].done}`;
}
