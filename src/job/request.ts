// A request to enqueue a job, as JSON and flags give it: its keys, and what each may hold.
import { BadInput } from '../errors.js';
import { checkId, checkName } from './id.js';
import type { JobPolicy, Payload } from './job.js';
import { nearest } from './nearest.js';
import { masked } from './secret.js';
import { parseDuration, parseWhen, type When } from './units.js';

/** The keys as users write them. All are optional, but some of command, argv and payload must say what to run. */
export interface JobRequest {
  id?: string;
  command?: string;
  argv?: string[];
  type?: string;
  payload?: unknown;
  queue?: string;
  priority?: number;
  run_at?: string;
  delay?: string | number;
  timeout_sec?: number;
  max_retries?: number;
  backoff_base?: number;
  backoff_max_sec?: number;
  key?: string;
  key_scope?: KeyScope;
  if_exists?: IfExists;
  expires_in?: string | number;
  env?: Record<string, string>;
  cwd?: string;
  split_output?: boolean;
}

/** Among which jobs a key is unique: those that have not ended, or all that are kept. */
export const KEY_SCOPES = ['unfinished', 'all'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** What becomes of a request whose key or id a job has already. */
export const IF_EXISTS = ['error', 'skip', 'replace'] as const;
export type IfExists = (typeof IF_EXISTS)[number];

/** A request that was found good. */
export interface CheckedRequest extends JobPolicy {
  id: string | null;
  type: string;
  /** For the job's type to parse. */
  input: Payload;
  /** Null follows the type's default. */
  queue: string | null;
  priority: number;
  when: When | null;
  /** Ends it if it has not started by then: from the time at which it may run. */
  expiresInMs: number | null;
  key: string | null;
  keyScope: KeyScope;
  ifExists: IfExists;
  env: Record<string, string> | null;
  cwd: string | null;
}

type Check = (value: unknown, key: string) => void;

const text: Check = (value, key) => {
  if (typeof value !== 'string') throw wrong(key, 'text', value);
  if (value.includes('\0')) throw new BadInput(`${key} contains a NUL byte, which no command can take`);
};
const whole =
  (min: number, max: number): Check =>
  (value, key) => {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw wrong(key, `a whole number from ${min} to ${max}`, value);
    }
  };
const number =
  (min: number, max: number): Check =>
  (value, key) => {
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw wrong(key, `a number from ${min} to ${max}`, value);
  };
const oneOf =
  (names: readonly string[]): Check =>
  (value, key) => {
    if (!names.includes(value as string)) throw wrong(key, names.join(' or '), value);
  };
const duration: Check = (value, key) => {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw wrong(key, 'seconds or a duration such as 5m', value);
};
const anything: Check = () => {};

/** Linux takes none longer, its end included (MAX_ARG_STRLEN). */
const LONGEST_VARIABLE = 128 * 1024 - 1;
const YEAR_SEC = 365 * 86_400;
const LONGEST_KEY = 512;

const KEYS: Record<keyof JobRequest, Check> = {
  id: (value, key) => {
    text(value, key);
    checkId(value as string);
  },
  command: text,
  argv: (value, key) => {
    if (!Array.isArray(value) || value.length === 0) throw wrong(key, 'a list of words', value);
    for (const word of value) text(word, key);
  },
  type: (value, key) => {
    text(value, key);
    checkName(key, value as string);
  },
  payload: anything,
  queue: (value, key) => {
    text(value, key);
    checkName(key, value as string);
  },
  priority: whole(-1000, 1000),
  run_at: text,
  delay: duration,
  timeout_sec: number(0, YEAR_SEC),
  max_retries: whole(0, 1_000_000),
  backoff_base: number(0, 1000),
  backoff_max_sec: number(0, YEAR_SEC),
  key: (value, key) => {
    text(value, key);
    const bytes = Buffer.byteLength(value as string);
    if (bytes === 0 || bytes > LONGEST_KEY) throw wrong(key, `text of 1 to ${LONGEST_KEY} bytes`, value);
    if (/[\p{Cc}\p{Cs}]/u.test(value as string)) throw wrong(key, 'text that can be printed', value);
  },
  key_scope: oneOf(KEY_SCOPES),
  if_exists: oneOf(IF_EXISTS),
  expires_in: duration,
  env: (value, key) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrong(key, 'an object of names and texts', value);
    for (const [name, entry] of Object.entries(value)) {
      if (typeof entry !== 'string') throw wrong(`${key}.${name}`, 'text', masked(name, JSON.stringify(entry)));
      text(entry, `${key}.${name}`);
      if (Buffer.byteLength(`${name}=${entry}`) > LONGEST_VARIABLE) {
        throw new BadInput(`${key}.${name.slice(0, 80)}: a variable of 128 KiB or more cannot be given to a command`);
      }
      if (name === '' || /[=\0]/.test(name))
        throw new BadInput(`${key}: not a usable variable name: ${JSON.stringify(name)}`);
    }
  },
  cwd: (value, key) => {
    text(value, key);
    if (!(value as string).startsWith('/')) throw wrong(key, 'an absolute path', value);
  },
  split_output: (value, key) => {
    if (typeof value !== 'boolean') throw wrong(key, 'true or false', value);
  },
};

export const REQUEST_KEYS = Object.keys(KEYS) as (keyof JobRequest)[];

/** Checks keys and forms; what the payload means is for the job's type to say. @throws BadInput */
export function checkRequest(raw: unknown): CheckedRequest {
  for (const [key, value] of Object.entries(asObject(raw))) {
    if (!Object.hasOwn(KEYS, key)) throw unknownKey(key);
    if (value !== undefined) KEYS[key as keyof JobRequest](value, key);
  }
  const request = raw as JobRequest;
  if (request.run_at !== undefined && request.delay !== undefined) {
    throw new BadInput('run_at and delay say the same thing twice', ['keep one of them']);
  }
  const when = request.run_at !== undefined ? parseWhen(request.run_at) : null;
  const delay = request.delay !== undefined ? { inMs: parseDuration(request.delay, 'delay') } : null;
  return {
    id: request.id ?? null,
    ...work(request),
    queue: request.queue ?? null,
    priority: request.priority ?? 0,
    when: when ?? delay,
    ...onlyOne(request),
    expiresInMs: expiry(request.expires_in),
    maxRetries: request.max_retries ?? null,
    timeoutMs: milliseconds(request.timeout_sec),
    backoffBase: request.backoff_base ?? null,
    backoffMaxMs: milliseconds(request.backoff_max_sec),
    env: request.env ?? null,
    cwd: request.cwd ?? null,
  };
}

/** @throws BadInput */
export function asObject(raw: unknown): object {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw;
  throw new BadInput('a job is a JSON object', [`write it as '{"command":"sleep 2"}'`]);
}

/** Whether there may be another one. */
function onlyOne({ id, key, key_scope, if_exists }: JobRequest): Pick<CheckedRequest, 'key' | 'keyScope' | 'ifExists'> {
  if (key_scope !== undefined && key === undefined) {
    throw new BadInput('key_scope says nothing without a key', ['give it a key']);
  }
  if (if_exists !== undefined && key === undefined && id === undefined) {
    throw new BadInput('if_exists needs something that exists only once', ['give it a key or an id']);
  }
  return { key: key ?? null, keyScope: key_scope ?? 'unfinished', ifExists: if_exists ?? 'error' };
}

function expiry(given: string | number | undefined): number | null {
  if (given === undefined) return null;
  const ms = parseDuration(given, 'expires_in');
  if (ms > 0) return ms;
  throw new BadInput(`expires_in: ${given} leaves it no time to start`, ['use a duration such as 10m']);
}

/** What is to be run: a type and its input; `command` and `argv` are short for a payload of `shell`. */
function work(request: JobRequest): Pick<CheckedRequest, 'type' | 'input'> {
  const { type, input } = toRun(request);
  if (!request.split_output) return { type, input };
  if (type !== 'shell') throw new BadInput(`split_output is for jobs of type shell, not ${type}`);
  return { type, input: { ...(input as object), split_output: true } };
}

function toRun({ type, command, argv, payload }: JobRequest): Pick<CheckedRequest, 'type' | 'input'> {
  const given = [command, argv, payload].filter((part) => part !== undefined).length;
  if (given > 1) throw new BadInput('command, argv and payload exclude each other', ['keep one of them']);
  if (payload !== undefined) return { type: type ?? 'shell', input: payload };
  if (type !== undefined && type !== 'shell') {
    if (given === 0) return { type, input: {} };
    throw new BadInput(`command and argv are for jobs of type shell, not ${type}`, [
      'put what this type needs into "payload"',
    ]);
  }
  if (given === 0) {
    throw new BadInput('the job has no command', [
      `give it one: '{"command":"sleep 2"}' or queuectl enqueue -- sleep 2`,
    ]);
  }
  return { type: 'shell', input: command !== undefined ? { command } : { argv } };
}

/** Null where nothing was named. */
export function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}

function unknownKey(key: string): BadInput {
  const meant = nearest(key, REQUEST_KEYS);
  return new BadInput(`unknown key ${JSON.stringify(key.slice(0, 80))}`, [
    meant ? `did you mean "${meant}"?` : `known keys: ${REQUEST_KEYS.join(', ')}`,
  ]);
}

function wrong(key: string, wanted: string, value: unknown): BadInput {
  return new BadInput(`${key} takes ${wanted}, not ${JSON.stringify(value)?.slice(0, 80) ?? typeof value}`);
}
