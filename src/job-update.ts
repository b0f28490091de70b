// What `update` changes of a job, as its flags say it; checked where the flags of `enqueue` are.
import { type EnqueueFlags, keysOf } from './enqueue-request.js';
import { BadInput } from './errors.js';
import type { JobUpdate } from './job/change.js';
import { type CheckedRequest, checkRequest } from './job/request.js';
import { jobFlags } from './job-flags.js';

const { queue, priority, delay, timeout, 'run-at': runAt, 'max-retries': retries, 'backoff-base': base } = jobFlags;

export const updateFlags = {
  ...{ queue, priority, delay, timeout, 'run-at': runAt, 'max-retries': retries, 'backoff-base': base },
};

type UpdateFlags = Pick<EnqueueFlags, keyof typeof updateFlags>;

/** Which part of a job each flag changes. */
const PARTS: Record<keyof UpdateFlags, keyof JobUpdate & keyof CheckedRequest> = {
  queue: 'queue',
  priority: 'priority',
  delay: 'when',
  'run-at': 'when',
  timeout: 'timeoutMs',
  'max-retries': 'maxRetries',
  'backoff-base': 'backoffBase',
};
const POLICY = ['timeout', 'max-retries', 'backoff-base'] as const;
const DEFAULT = 'default';

/** @throws BadInput */
export function readUpdate(flags: UpdateFlags): JobUpdate {
  const given = (Object.keys(PARTS) as (keyof UpdateFlags)[]).filter((name) => flags[name] !== undefined);
  if (given.length === 0) throw new BadInput('what is to be changed?', ['queuectl update job1 --priority 10']);
  if (flags['run-at'] !== undefined && flags.delay !== undefined) {
    throw new BadInput('--run-at and --delay say the same thing twice', ['keep one of them']);
  }
  const usual = POLICY.filter((name) => flags[name] === DEFAULT);
  const told = Object.fromEntries(
    given.filter((name) => !usual.includes(name as (typeof POLICY)[number])).map((name) => [name, flags[name]]),
  );
  const checked = checkRequest({ command: ':', ...keysOf(told, {}, {}) });
  return Object.fromEntries(given.map((name) => [PARTS[name], checked[PARTS[name]]])) as JobUpdate;
}
