// The queue as one line, for where no screen can be drawn: written on each change.
import { JOB_STATES } from '../../job/job.js';
import type { Overview } from '../../queue/overview.js';
import { oneLine } from '../sanitize.js';
import { localTime } from '../time.js';

/** Two that are equal show nothing new: ages and memory alone are none. */
export function essence({ counts, queues, workers, failureRate }: Overview): string {
  const doing = workers.map(({ name, state, gone, jobs }) => [
    name,
    state,
    gone,
    jobs.map(({ number, attempt, progress }) => [number, attempt, progress]),
  ]);
  return JSON.stringify([counts, queues.map(({ name, pause }) => [name, pause]), doing, failureRate]);
}

export function changeLine({ now, counts, queues, workers, failureRate }: Overview): string {
  const states = JOB_STATES.filter((state) => counts[state] > 0 || !['cancelled', 'held'].includes(state));
  const parts = states.map((state) => `${state} ${counts[state]}`);
  const busy = workers.flatMap(({ jobs }) => jobs.map(({ id }) => id));
  const paused = queues.filter(({ pause }) => pause !== null).map(({ name }) => name);
  if (workers.length === 0) parts.push('no workers');
  else parts.push(`workers ${workers.length}${busy.length > 0 ? ` running ${busy.join(' ')}` : ''}`);
  if (paused.length > 0) parts.push(`paused ${paused.join(' ')}`);
  if (failureRate > 0) parts.push(`failure_rate ${failureRate}`);
  return `${localTime(now)} ${oneLine(parts.join(' '))}`;
}
