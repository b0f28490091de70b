// What of a queue is moved to another one: jobs with all that belongs to them, settings and what queues say of themselves.
import type { CallerContext } from '../job/job.js';
import type { ColumnKind } from './dialect.js';
import type { AttemptsTable, JobRow, QueuesTable } from './schema.js';

/** A job's own columns but its number, which may become another one, and its worker, who is left behind. */
export const JOB_KINDS = {
  name: 'text',
  queue: 'text',
  type: 'text',
  state: 'text',
  priority: 'integer',
  run_at: 'ms',
  wake_at: 'ms',
  expires_at: 'ms',
  attempt: 'integer',
  failures: 'integer',
  crashes: 'integer',
  blockers: 'integer',
  cancel_at: 'ms',
  cancel_signal: 'text',
  max_retries: 'integer',
  timeout_ms: 'ms',
  backoff_base: 'real',
  backoff_max_ms: 'ms',
  key: 'text',
  key_lock: 'text',
  key_scope: 'text',
  parent: 'ms',
  batch: 'ms',
  cause: 'text',
  progress: 'real',
  created_at: 'ms',
  changed_at: 'ms',
  started_at: 'ms',
  finished_at: 'ms',
} as const satisfies Record<Exclude<keyof JobRow, 'number' | 'worker'>, Exclude<ColumnKind, 'bytes'>>;

export type JobColumn = keyof typeof JOB_KINDS;
export const JOB_COLUMNS = Object.keys(JOB_KINDS) as JobColumn[];

/** The launcher and the file of a long output stay on their host; the job and the worker are told in other ways. */
export const ATTEMPT_COLUMNS = [
  'attempt',
  'started_at',
  'finished_at',
  'run_ms',
  'outcome',
  'exit_code',
  'signal',
  'cause',
  'detail',
  'counted',
  'output_bytes',
  'result',
] as const satisfies (keyof AttemptsTable)[];

export const QUEUE_COLUMNS = [
  'name',
  'paused_at',
  'paused_by',
  'max_running',
  'rate_n',
  'rate_ms',
  'max_retries',
  'timeout_ms',
  'backoff_base',
] as const satisfies (keyof QueuesTable)[];

export interface MovedOutput {
  stream: number;
  /** Base64. */
  head: string | null;
  tail: string | null;
  cut_bytes: number;
}

export interface MovedWorker {
  name: string;
  host: string;
  host_name: string;
}

export interface MovedAttempt extends Pick<AttemptsTable, (typeof ATTEMPT_COLUMNS)[number]> {
  /** Null when nothing is known of it. */
  worker: MovedWorker | null;
  outputs: MovedOutput[];
}

export interface MovedStep {
  name: string;
  attempt: number;
  /** Base64. */
  value: string;
}

export interface MovedEvent {
  at: number;
  what: string;
  who: string;
  before: string | null;
}

/** Keys are named as the columns; times are epoch ms. */
export interface MovedJob extends Pick<JobRow, JobColumn> {
  number: number;
  payload: unknown;
  context: CallerContext | null;
  env: Record<string, string> | null;
  attempts: MovedAttempt[];
  /** What it has finished, for its next attempt; exports of before have none. */
  steps?: MovedStep[];
  events: MovedEvent[];
}

export interface MovedSetting {
  name: string;
  value: string;
  changed_at: number;
  who: string | null;
}

export type MovedQueue = Pick<QueuesTable, (typeof QUEUE_COLUMNS)[number]>;
