// The tables as Kysely sees them. What the columns mean stands in migrations/001-first.ts.
import type { Generated, Selectable } from 'kysely';
import type { JobState, Outcome } from '../job/job.js';

export interface JobsTable {
  number: Generated<number>;
  name: string | null;
  queue: string;
  type: string;
  state: JobState;
  priority: number;
  run_at: number;
  wake_at: number | null;
  expires_at: number | null;
  attempt: Generated<number>;
  failures: Generated<number>;
  crashes: Generated<number>;
  blockers: Generated<number>;
  worker: number | null;
  cancel_at: number | null;
  cancel_signal: string | null;
  max_retries: number | null;
  timeout_ms: number | null;
  backoff_base: number | null;
  backoff_max_ms: number | null;
  key: string | null;
  key_lock: string | null;
  key_scope: 'all' | null;
  parent: number | null;
  batch: number | null;
  cause: string | null;
  progress: number | null;
  created_at: number;
  changed_at: number;
  started_at: number | null;
  finished_at: number | null;
}

export interface SpecsTable {
  job: number;
  payload: Buffer;
  context: number | null;
  env: string | null;
}

export interface ContextsTable {
  number: Generated<number>;
  hash: string;
  host: string;
  uid: number | null;
  cwd: string | null;
  umask: number | null;
  env: string;
  used_at: number;
}

export interface AttemptsTable {
  job: number;
  attempt: number;
  worker: number;
  runner: string | null;
  started_at: number;
  finished_at: number | null;
  run_ms: number | null;
  outcome: Outcome | null;
  exit_code: number | null;
  signal: string | null;
  cause: string | null;
  detail: string | null;
  counted: number | null;
  output_bytes: number | null;
  output_file: string | null;
  result: string | null;
}

export interface OutputsTable {
  job: number;
  attempt: number;
  stream: number;
  head: Buffer | null;
  tail: Buffer | null;
  cut_bytes: number;
}

export interface StepsTable {
  job: number;
  name: string;
  attempt: number;
  value: Buffer;
}

export interface JobTypesTable {
  name: string;
  plugin: string;
  version: string;
}

export interface EventsTable {
  number: Generated<number>;
  job: number;
  at: number;
  what: string;
  who: string;
  change: number | null;
  before: string | null;
}

export interface CountsTable {
  queue: string;
  type: string;
  state: JobState;
  shard: number;
  n: number;
}

export interface RollupTable {
  minute: number;
  queue: string;
  type: string;
  /** `waited`: one for each attempt; its bucket is of the wait. */
  outcome: Outcome | 'waited';
  bucket: number;
  shard: number;
  n: number;
  run_ms: number;
  wait_ms: number;
}

export interface WorkersTable {
  number: Generated<number>;
  name: string;
  host: string;
  host_name: string;
  pool: string;
  slot: number;
  pid: number;
  pid_start: string;
  version: string;
  state: string;
  queues: string;
  types: string;
  concurrency: number;
  started_at: number;
  ready_at: number | null;
  seen_at: number;
  lease_until: number;
  stop: string | null;
  stop_by: number | null;
  cpu_ms: number | null;
  rss_bytes: number | null;
  done: Generated<number>;
  failed: Generated<number>;
  ended_at: number | null;
}

export interface PoolsTable {
  host: string;
  name: string;
  size: number;
  wanted: string;
  options: string;
  version: string;
  crashes: Generated<number>;
  retry_at: number | null;
}

export interface QueuesTable {
  name: string;
  paused_at: number | null;
  paused_by: string | null;
  max_running: number | null;
  rate_n: number | null;
  rate_ms: number | null;
  max_retries: number | null;
  timeout_ms: number | null;
  backoff_base: number | null;
}

export interface RequestsTable {
  token: string;
  at: number;
  first: number;
  count: number;
  numbers: string | null;
}

export interface SettingsTable {
  name: string;
  value: string;
  changed_at: number;
  who: string | null;
}

export interface Tables {
  jobs: JobsTable;
  specs: SpecsTable;
  contexts: ContextsTable;
  attempts: AttemptsTable;
  outputs: OutputsTable;
  steps: StepsTable;
  job_types: JobTypesTable;
  events: EventsTable;
  counts: CountsTable;
  rollup: RollupTable;
  workers: WorkersTable;
  pools: PoolsTable;
  queues: QueuesTable;
  requests: RequestsTable;
  settings: SettingsTable;
}

export type JobRow = Selectable<JobsTable>;
export type WorkerRow = Selectable<WorkersTable>;
