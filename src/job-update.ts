// What `update` changes of a job, as its flags say it.
import { type EnqueueFlags, keysOf } from './enqueue-request.js';
import { BadInput } from './errors.js';
import type { JobUpdate } from './job/change.js';
import { jobFlags } from './job-flags.js';
import { readUpdate } from './queue/update.js';

const { queue, priority, delay, timeout, 'run-at': runAt, 'max-retries': retries, 'backoff-base': base } = jobFlags;

export const updateFlags = {
  ...{ queue, priority, delay, timeout, 'run-at': runAt, 'max-retries': retries, 'backoff-base': base },
};

type UpdateFlags = Pick<EnqueueFlags, keyof typeof updateFlags>;

/** The policies, which the word `default` lets follow the settings again. */
const POLICY = { timeout: 'timeout_sec', 'max-retries': 'max_retries', 'backoff-base': 'backoff_base' } as const;
const DEFAULT = 'default';

/** @throws BadInput */
export function readUpdateFlags(flags: UpdateFlags): JobUpdate {
  if (flags['run-at'] !== undefined && flags.delay !== undefined) {
    throw new BadInput('--run-at and --delay say the same thing twice', ['keep one of them']);
  }
  const given = Object.keys(updateFlags) as (keyof UpdateFlags)[];
  const isUsual = (name: string) => name in POLICY && flags[name as keyof typeof POLICY] === DEFAULT;
  const named = Object.fromEntries(given.filter((name) => !isUsual(name)).map((name) => [name, flags[name]]));
  const usual = Object.entries(POLICY).filter(([name]) => isUsual(name));
  return readUpdate({ ...keysOf(named, {}, {}), ...Object.fromEntries(usual.map(([, key]) => [key, null])) });
}
