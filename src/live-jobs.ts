// Which jobs the live terminal lists, and in which order.
import type { Job, JobState } from './job/job.js';
import { parseWhere } from './job/where.js';
import type { Page, Queue } from './queue/queue.js';
import type { LiveState, Order } from './terminal/live/state.js';

/** Of each kind: more than anybody scrolls through, and quick to read. */
const MOST = 200;

const PAGES: Record<Exclude<Order, 'activity'>, Page> = {
  newest: { sort: 'number', descending: true, limit: MOST },
  oldest: { sort: 'number', limit: MOST },
  priority: { sort: 'priority', descending: true, limit: MOST },
  changed: { sort: 'changed_at', descending: true, limit: MOST },
};

/** What runs, then what waits, then the newest of what has ended. */
const ACTIVITY: readonly { states: JobState[]; page: Page }[] = [
  { states: ['processing'], page: PAGES.oldest },
  { states: ['pending', 'failed', 'held'], page: PAGES.oldest },
  { states: ['completed', 'dead', 'cancelled'], page: PAGES.newest },
];

export async function liveJobs(queue: Queue, { order, where }: Pick<LiveState, 'order' | 'where'>): Promise<Job[]> {
  const filter = { where: where === '' ? undefined : parseWhere(where) };
  if (order !== 'activity') return queue.list(filter, PAGES[order]);
  const jobs = [];
  for (const { states, page } of ACTIVITY) jobs.push(...(await queue.list({ ...filter, states }, page)));
  return jobs;
}
