// The environment of a shell job: where it was enqueued, plus what the job named, plus what it should know of itself.
import { hostname, userInfo } from 'node:os';
import { MARK } from '../process/marked.js';
import type { Claim } from '../storage/claims.js';

/** Who the worker is; taken from the caller only where that was the same user on the same machine. */
const PERSONAL = ['HOME', 'USER', 'LOGNAME', 'SHELL'];

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface AttemptFacts {
  worker: string;
  slot: number;
  mark: string;
  /** Path of the queue's file, or its URL without a password. */
  db: string;
  maxTries: number;
  /** Where it may leave its result. */
  resultFile: string;
}

/** Asked once: a worker's own surroundings stay as they are. */
const HOST = hostname();
const OWN = workersOwn();

export function jobEnvironment({ job, context, env }: Claim, facts: AttemptFacts): Record<string, string> {
  const asCaller = context !== null && context.host === HOST && context.uid === (process.getuid?.() ?? null);
  const taken = { ...context?.env };
  if (!asCaller) for (const name of PERSONAL) delete taken[name];
  return {
    ...OWN,
    ...taken,
    ...env,
    QUEUECTL_JOB_ID: job.id,
    QUEUECTL_ATTEMPT: String(job.attempt),
    QUEUECTL_TRY: String(job.failures + 1),
    QUEUECTL_MAX_TRIES: String(facts.maxTries),
    QUEUECTL_QUEUE: job.queue,
    QUEUECTL_WORKER: facts.worker,
    QUEUECTL_SLOT: String(facts.slot),
    QUEUECTL_RESULT_FILE: facts.resultFile,
    QUEUECTL_DB: facts.db,
    [MARK]: facts.mark,
  };
}

function workersOwn(): Record<string, string> {
  const found: Record<string, string> = { PATH: process.env.PATH ?? DEFAULT_PATH };
  for (const name of PERSONAL) if (process.env[name] !== undefined) found[name] = process.env[name];
  if (found.HOME === undefined) {
    try {
      found.HOME = userInfo().homedir;
    } catch {
      // a uid without an entry: the job has no HOME, as its worker has none
    }
  }
  return found;
}
