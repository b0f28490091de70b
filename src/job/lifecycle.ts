// What happens to a job when one of its attempts has ended: the one place that decides it.
import { type Backoff, backoffMs, wishedDelayMs } from './backoff.js';
import type { Ending, JobState } from './job.js';

export interface Policy {
  /** Retries after the first attempt: 3 allows 4 attempts. */
  maxRetries: number;
  /** Lost attempts that are forgiven. */
  maxCrashes: number;
  backoff: Backoff;
}

export interface Tally {
  failures: number;
  crashes: number;
}

export interface Next extends Tally {
  state: JobState;
  /** How long the job waits before it is ready again; null where it does not wait. */
  delayMs: number | null;
  cause: string | null;
  /** Whether the attempt spent a retry. */
  counted: boolean;
}

/**
 * @param random a number in [0, 1) for the backoff's jitter
 * @param cancelled somebody asked for the job to be cancelled while it ran: it does not run again
 */
export function next(tally: Tally, ending: Ending, policy: Policy, random: number, cancelled = false): Next {
  const after = ofEnding(tally, ending, policy, random);
  const runsAgain = after.state === 'pending' || after.state === 'failed';
  // A signal may be the cancelling itself, by a worker that died before it could say so.
  return cancelled && (runsAgain || ending.signal !== undefined)
    ? { ...after, state: 'cancelled', delayMs: null, cause: 'cancelled' }
    : after;
}

function ofEnding(tally: Tally, ending: Ending, policy: Policy, random: number): Next {
  const unchanged = { ...tally, delayMs: null, cause: ending.cause, counted: false };
  switch (ending.outcome) {
    case 'succeeded':
      return { ...unchanged, state: 'completed' };
    case 'cancelled':
      return { ...unchanged, state: 'cancelled' };
    case 'released':
      return { ...unchanged, state: 'pending' };
    case 'lost': {
      const crashes = tally.crashes + 1;
      const state = crashes > policy.maxCrashes ? 'dead' : 'pending';
      return { ...unchanged, crashes, state };
    }
    case 'failed':
    case 'timed_out': {
      const failures = tally.failures + 1;
      if (ending.final || failures > policy.maxRetries) {
        return { ...unchanged, failures, state: 'dead', counted: true };
      }
      const wish = ending.retryAfterMs ?? Number.NaN;
      const delayMs = Number.isFinite(wish) ? wishedDelayMs(wish) : backoffMs(failures, policy.backoff, random);
      return { ...unchanged, failures, state: 'failed', delayMs, counted: true };
    }
  }
}
