// States as people type them in filters.
import { BadInput } from '../errors.js';
import { JOB_STATES, type JobState } from './job.js';
import { nearest } from './nearest.js';

/** Names that other queues use. */
const ALIASES: Record<string, JobState> = { processed: 'completed', running: 'processing', dlq: 'dead' };

/** @param words each may hold several, separated by commas. @throws BadInput for what is no state */
export function readStates(words: readonly string[]): JobState[] {
  const names = words.flatMap((word) => word.split(',')).map((name) => name.trim().toLowerCase());
  return [...new Set(names.map(readState))];
}

function readState(name: string): JobState {
  const state = ALIASES[name] ?? JOB_STATES.find((known) => known === name);
  if (state) return state;
  const meant = nearest(name, JOB_STATES);
  throw new BadInput(`no such state: ${name}`, [
    ...(meant ? [`did you mean ${meant}?`] : []),
    `the states are ${JOB_STATES.join(', ')}`,
  ]);
}
