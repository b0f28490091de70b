// One line for a job that has ended, for people and for `while read id state cause`.
import type { Job } from '../job/job.js';
import { oneLine } from './sanitize.js';

export function fateLine({ id, state, cause }: Pick<Job, 'id' | 'state' | 'cause'>): string {
  return cause === null || cause === state ? `${id} ${state}` : `${id} ${state} ${oneLine(cause)}`;
}
