// For the tests of a plugin: runs a job type's handler as a worker would, without a queue. Imported as `queuectl/testing`.
import type { Ending } from './job/job.js';
import { isCommand, type JobFacts, type JobHandler, type JobType } from './job/job-type.js';
import type { CheckedRequest } from './job/request.js';
import { runHandler } from './job-types/run-handler.js';

export interface RunJobOptions {
  /** Which run of the job it is; 1 unless it is given. */
  attempt?: number;
  job?: Partial<JobFacts>;
  /** Ends the run as a timeout, a cancel or a stop would. */
  signal?: AbortSignal;
  /** Checkpoints that an earlier run has left: give it the `steps` of that run. */
  steps?: Map<string, string>;
}

export interface JobRun {
  outcome: Ending['outcome'];
  /** `error:NAME` when it failed. */
  cause: string | null;
  /** What was thrown, as a sentence. */
  detail: string | null;
  /** Whether it said that trying again is useless. */
  final: boolean;
  /** Its own wish for the delay before the next attempt, ms. */
  retryAfterMs: number | undefined;
  result: unknown;
  log: string;
  /** All that it reported, in order. */
  progress: number[];
  enqueued: CheckedRequest[];
  steps: Map<string, string>;
}

/** @param type a descriptor as the hook returns it, or a handler. The payload goes through `parse`, which may throw. */
export async function runJob(
  type: JobType | JobHandler,
  payload: unknown,
  options: RunJobOptions = {},
): Promise<JobRun> {
  const handler = 'load' in type ? await loaded(type) : type;
  if (isCommand(handler)) throw new TypeError('a type with command() has nothing to run here: test what it returns');
  const stored = JSON.parse(JSON.stringify(handler.parse(payload) ?? null));
  const steps = options.steps ?? new Map<string, string>();
  const progress: number[] = [];
  let log = '';
  const job = {
    id: '1',
    queue: 'default',
    type: 'name' in type ? String(type.name) : 'test',
    priority: 0,
    createdAt: Date.now(),
    cwd: process.cwd(),
    env: {},
    ...options.job,
  };
  const task = {
    handler,
    payload: stored,
    job,
    attempt: options.attempt ?? 1,
    signal: options.signal ?? new AbortController().signal,
  };
  const { ending, result, requests } = await runHandler(task, {
    log(text) {
      log += text;
    },
    progress: (done) => progress.push(done),
    steps: {
      find: async (name) => steps.get(name),
      save: async (name, json) => void steps.set(name, json),
    },
  });
  const { outcome, cause, detail = null, final = false, retryAfterMs } = ending;
  return {
    outcome,
    cause,
    detail,
    final,
    retryAfterMs,
    result: result === null ? undefined : JSON.parse(result),
    log,
    progress,
    enqueued: requests,
    steps,
  };
}

async function loaded(type: JobType): Promise<JobHandler> {
  const module = await type.load();
  return 'default' in module ? module.default : module;
}
