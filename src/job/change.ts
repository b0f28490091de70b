// What people may do to jobs, and in which states: one table for the rules, the commands and what they say.
import { BadInput } from '../errors.js';
import { ENDED_STATES, type JobPolicy, type JobState } from './job.js';
import type { When } from './units.js';

export type ChangeKind = 'cancel' | 'retry' | 'hold' | 'release' | 'update' | 'delete';

interface ChangeRule {
  /** The states that it applies to. */
  from: readonly JobState[];
  /** Those that a filter takes when it names none, where that is not all of them. */
  usual?: readonly JobState[];
  /** How it is told, and what its events are called. */
  done: string;
}

export const CHANGES: Record<ChangeKind, ChangeRule> = {
  cancel: { from: ['pending', 'failed', 'held', 'processing'], done: 'cancelled' },
  retry: {
    from: ['dead', 'failed', 'cancelled', 'completed'],
    usual: ['dead', 'failed', 'cancelled'],
    done: 'retried',
  },
  hold: { from: ['pending', 'failed'], done: 'held' },
  release: { from: ['held'], done: 'released' },
  update: { from: ['pending', 'failed', 'held'], done: 'updated' },
  delete: {
    from: ['pending', 'failed', 'held', 'completed', 'dead', 'cancelled'],
    usual: ENDED_STATES,
    done: 'removed',
  },
};

/** What is undefined stays as it is; a policy of null follows the queue again, then the setting. */
export interface JobUpdate extends Partial<JobPolicy> {
  queue?: string;
  priority?: number;
  when?: When;
}

/**
 * The states of the jobs that a change is about.
 * @param wanted those that the user named
 * @throws BadInput for one that the change does not apply to
 */
export function changeable(
  kind: ChangeKind,
  wanted: readonly JobState[] | undefined,
  from: readonly JobState[] = CHANGES[kind].from,
): readonly JobState[] {
  const other = wanted?.find((state) => !from.includes(state));
  if (other === undefined) return wanted ?? from;
  throw new BadInput(`${other} jobs cannot be ${CHANGES[kind].done} so`, [`those that can be: ${from.join(', ')}`]);
}
