// The contract of job types: what the author of a plugin implements. All of it is structure, so that a plugin imports types
// alone and loads nothing of queuectl at run time.
import type { ShellPayload } from './job.js';
import type { JobRequest } from './request.js';

/** Version of this contract. A type that was written for another one is left out, with a warning. */
export const JOB_TYPE_API = 1;

/** What the hook `queuectl:job-types` returns a list of: small, so that many plugins cost little. */
export interface JobType {
  /** What `--type` and the key "type" take: letters, digits and . _ - */
  name: string;
  description?: string;
  /** The contract that it was written for; 1 when it is left out. */
  api?: number;
  /** Brings the handler, or a module whose default export it is. Called once in each program that needs it. */
  load(): Promise<JobHandler | { default: JobHandler }>;
}

/** How the payloads of a type are checked, described and run. */
// biome-ignore lint/suspicious/noExplicitAny: what parse returns is what run takes; the list of types mixes them
export type JobHandler<P = any> = RunHandler<P> | CommandHandler<P>;

interface AnyHandler<P> {
  /**
   * Throws to refuse, in words for whoever enqueues. What it returns is stored as JSON, and is what `parse` is given before
   * each run: it must accept its own result.
   */
  parse(input: unknown): P;
  /** One line for lists. */
  describe?(payload: P): string;
  /** For what a request leaves out. */
  defaults?: JobDefaults;
  /** The payload's fields, for `types show` and for reading `-p name=value`. */
  schema?: PayloadSchema;
}

export interface RunHandler<P = unknown> extends AnyHandler<P> {
  /** Returns the job's result: undefined, or whatever JSON can hold. Throws when the attempt failed; see `JobError`. */
  run(payload: P, context: JobContext): unknown;
  /** Each attempt in a process of its own: for what may block, crash, or ignore its signal. */
  isolated?: boolean;
}

/** A type that is another way to write a command. Such a job outlives its worker, as a shell job does. */
export interface CommandHandler<P = unknown> extends AnyHandler<P> {
  command(payload: P): ShellPayload;
}

/** Keys and units as in a request. */
export type JobDefaults = Pick<
  JobRequest,
  'queue' | 'timeout_sec' | 'max_retries' | 'backoff_base' | 'backoff_max_sec'
>;

/** A part of JSON Schema: what can be shown in a table of fields. Checking is for `parse`. */
export interface PayloadSchema {
  properties: Record<string, PayloadField>;
  required?: readonly string[];
}

export interface PayloadField {
  type?: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
}

/** What a handler may do beside computing. */
export interface JobContext {
  /** Aborted when the attempt is to end; the reason's `name` is `timeout`, `cancelled` or `released`; `SIGTERM` in an isolated one. */
  readonly signal: AbortSignal;
  /** Which run of the job this is. It only grows. */
  readonly attempt: number;
  readonly job: JobFacts;
  /** A line of the attempt's output. What goes to `console` stands there too. */
  log(text: string): void;
  /** @param done how much of the work, from 0 to 1 */
  progress(done: number): void;
  /** A job that is stored in the very transaction that records this one as completed, and not at all when it fails. */
  enqueue(request: JobRequest): void;
  /** Runs `work` once in the life of the job: a later attempt is given the value that it returned, as JSON keeps it. */
  checkpoint<T>(name: string, work: () => T | Promise<T>): Promise<T>;
}

export interface JobFacts {
  id: string;
  queue: string;
  type: string;
  priority: number;
  /** Epoch ms. */
  createdAt: number;
  /** The folder that it was enqueued from; null when none was noted. */
  cwd: string | null;
  /** The variables that were given to it by name. */
  env: Readonly<Record<string, string>>;
}

/** What an error may say about trying again; any object that is thrown may have these. The cause is `error:NAME`. */
export interface JobError extends Error {
  /** False: another attempt is useless, and the job goes to the DLQ. */
  retry?: boolean;
  /** Until the next attempt, ms; else the backoff decides. */
  retryAfter?: number;
}

/** The hook's function, as a plugin's file exports it by default. */
export type JobTypesHook = (options: { api: number }) => JobType[] | Promise<JobType[]>;

// biome-ignore lint/suspicious/noExplicitAny: as in JobHandler
export function isCommand(handler: JobHandler): handler is CommandHandler<any> {
  return typeof (handler as Partial<CommandHandler>).command === 'function';
}
