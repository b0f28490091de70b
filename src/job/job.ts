// The glossary, and the types that every other room speaks in.
//
//   job       one piece of work: a type, a payload, a queue and a state
//   job type  how a payload is run: `shell` is built in
//   attempt   one run of a job; its number only grows and is the fencing token of every write about that run
//   outcome   how an attempt ended
//   failures  failed and timed-out attempts since the job was enqueued or redriven; compared with max_retries
//   crashes   lost attempts: the worker died and took the process with it
//   cause     why an attempt ended so, as a stable code: exit:3, signal:SIGKILL, timeout, not_found ...
//   queue     a named line of jobs
//   lane      the jobs of one queue and one type
//   host      boot id + PID namespace: where process identities can be compared
//   worker    one process that claims jobs and runs them in its slots
//   pool      (host, name): a set of workers that is kept at its size
//   DLQ       the dead letter queue: the jobs in state `dead`
//
// Times are epoch milliseconds, durations milliseconds, unless a name says otherwise.

export const JOB_STATES = ['pending', 'processing', 'completed', 'failed', 'dead', 'cancelled', 'held'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States in which a job may still be changed into something else. */
export const WAITING_STATES: readonly JobState[] = ['pending', 'failed', 'held'];

/** States that a job leaves only by a redrive. */
export const ENDED_STATES: readonly JobState[] = ['completed', 'dead', 'cancelled'];

export type Outcome = 'succeeded' | 'failed' | 'timed_out' | 'cancelled' | 'lost' | 'released';

/** A policy that the job did not name is null and follows its queue, then the setting, when it is used. */
export interface JobPolicy {
  maxRetries: number | null;
  timeoutMs: number | null;
  backoffBase: number | null;
  backoffMaxMs: number | null;
}

export interface Job extends JobPolicy {
  /** Primary key, ever increasing, never reused. */
  number: number;
  /** What the user calls it: the id they gave, else the number. */
  id: string;
  queue: string;
  type: string;
  state: JobState;
  priority: number;
  /** When the user asked for it to run; backoff never rewrites it. */
  runAt: number;
  /** When a waiting job becomes ready; null is now. */
  wakeAt: number | null;
  /** When it is cancelled if it has not started by then; null for good from its first start on. */
  expiresAt: number | null;
  /** No other unfinished job has it. */
  key: string | null;
  attempt: number;
  failures: number;
  crashes: number;
  worker: number | null;
  /** Cause of the last outcome. */
  cause: string | null;
  parent: number | null;
  /** From 0 to 1, as its running attempt says. */
  progress: number | null;
  createdAt: number;
  changedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  payload: Payload;
}

/** Any JSON value that the job's type accepts. The `shell` type's is a `ShellPayload`. */
export type Payload = unknown;

/** Exactly one of `command` (run by `sh -c`) and `argv` (run as it is). */
export interface ShellPayload {
  command?: string;
  argv?: string[];
  stdin?: string;
  /** Standard error is kept apart. */
  split_output?: boolean;
}

/** Where and as whom a job was enqueued; its shell command runs in the same surroundings. */
export interface CallerContext {
  /** The machine's name: HOME, USER and SHELL are taken over only on the same one and as the same user. */
  host: string;
  uid: number | null;
  cwd: string | null;
  umask: number | null;
  env: Record<string, string>;
}

/** Where one job runs, and the variables that were given to it by name; nulls where nothing was noted. */
export interface JobSurroundings {
  cwd: string | null;
  umask: number | null;
  env: Record<string, string>;
}

/** One run of a job, as recorded. */
export interface Attempt {
  attempt: number;
  worker: number;
  startedAt: number;
  finishedAt: number | null;
  /** From the monotonic clock. */
  runMs: number | null;
  outcome: Outcome | null;
  exitCode: number | null;
  signal: string | null;
  cause: string | null;
  detail: string | null;
  outputBytes: number | null;
  /** Name of the file in the output folder, for an output too long to be stored. */
  outputFile: string | null;
  result: string | null;
}

/** What people and upkeep did to a job. */
export interface JobEvent {
  at: number;
  what: string;
  who: string;
  before: string | null;
}

/** How an attempt ended: what the runner reports, the settling transaction records and the lifecycle judges. */
export interface Ending {
  outcome: Outcome;
  cause: string | null;
  exitCode?: number | null;
  signal?: string | null;
  /** A sentence for people that says more than the cause. */
  detail?: string | null;
  /** The handler said that trying again is useless. */
  final?: boolean;
  /** The handler's own wish for the delay before the next attempt. */
  retryAfterMs?: number;
}
