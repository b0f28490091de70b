// What an update changes of a job, by the keys of a job's JSON; checked where those of a new job are.
import { BadInput } from '../errors.js';
import type { JobUpdate } from '../job/change.js';
import { nearest } from '../job/nearest.js';
import { type CheckedRequest, checkRequest } from '../job/request.js';

/** Which part of a job each key changes. */
const PARTS = {
  queue: 'queue',
  priority: 'priority',
  delay: 'when',
  run_at: 'when',
  timeout_sec: 'timeoutMs',
  max_retries: 'maxRetries',
  backoff_base: 'backoffBase',
  backoff_max_sec: 'backoffMaxMs',
} as const satisfies Record<string, keyof JobUpdate & keyof CheckedRequest>;
type Key = keyof typeof PARTS;

/** A policy of null follows the settings again. */
const POLICY: readonly Key[] = ['timeout_sec', 'max_retries', 'backoff_base', 'backoff_max_sec'];

/** @throws BadInput */
export function readUpdate(keys: Record<string, unknown>): JobUpdate {
  const given = Object.entries(keys).filter(([, value]) => value !== undefined);
  if (given.length === 0) throw new BadInput('what is to be changed?', ['queuectl update job1 --priority 10']);
  for (const [key] of given) if (!Object.hasOwn(PARTS, key)) throw cannotChange(key);
  const named = given.filter(([key, value]) => value !== null || !POLICY.includes(key as Key));
  const checked = checkRequest({ command: ':', ...Object.fromEntries(named) });
  return Object.fromEntries(given.map(([key]) => [PARTS[key as Key], checked[PARTS[key as Key]]])) as JobUpdate;
}

function cannotChange(key: string): BadInput {
  const keys = Object.keys(PARTS);
  const meant = nearest(key, keys);
  return new BadInput(`${key.slice(0, 80)} of a job cannot be changed`, [
    meant ? `did you mean ${meant}?` : `what can be: ${keys.join(', ')}`,
  ]);
}
