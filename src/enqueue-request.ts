// What was typed after `queuectl enqueue`, as a request. The command and the fast path both read it here.
import { resolve } from 'node:path';
import { BadInput } from './errors.js';
import { readJson } from './job/json.js';
import { asObject, type CheckedRequest, checkRequest, type JobRequest } from './job/request.js';
import { parseDuration } from './job/units.js';

/** As typed: texts, whatever the key will hold. */
export interface EnqueueFlags {
  type?: string;
  /** JSON. */
  payload?: string;
  id?: string;
  queue?: string;
  priority?: string;
  'run-at'?: string;
  delay?: string;
  timeout?: string;
  'max-retries'?: string;
  'backoff-base'?: string;
  key?: string;
  'key-scope'?: string;
  'if-exists'?: string;
  'expires-in'?: string;
  env?: string[];
  cwd?: string;
  'split-output'?: boolean;
}

export interface Typed {
  /** The text of a JSON object. */
  json?: string;
  /** The words after `--`, or those that run a script. */
  argv?: string[];
  /** The payload, where flags name its fields. */
  fields?: object;
  flags: EnqueueFlags;
}

/** A flag wins over the JSON's key. @throws BadInput */
export function readRequest({ json, argv, fields, flags }: Typed, env: NodeJS.ProcessEnv): CheckedRequest {
  if (flags['run-at'] !== undefined && flags.delay !== undefined) {
    throw new BadInput('--run-at and --delay say the same thing twice', ['keep one of them']);
  }
  if (argv?.length === 0) throw new BadInput('there is no command after --', ['queuectl enqueue -- sleep 2']);
  const given: JobRequest = json === undefined ? { argv } : { ...asObject(readJson(json)) };
  if (flags['run-at'] !== undefined) delete given.delay;
  if (flags.delay !== undefined) delete given.run_at;
  const payload = flags.payload === undefined ? fields : readJson(flags.payload);
  return checkRequest({ ...given, ...(payload !== undefined && { payload }), ...keysOf(flags, given, env) });
}

export function keysOf(flags: EnqueueFlags, given: JobRequest, env: NodeJS.ProcessEnv): object {
  const keys = {
    type: flags.type,
    id: flags.id,
    queue: flags.queue,
    priority: numberIn(flags.priority),
    run_at: flags['run-at'],
    delay: flags.delay,
    timeout_sec: flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout') / 1000,
    max_retries: numberIn(flags['max-retries']),
    backoff_base: numberIn(flags['backoff-base']),
    key: flags.key,
    key_scope: flags['key-scope'],
    if_exists: flags['if-exists'],
    expires_in: flags['expires-in'],
    env: flags.env && variables(flags.env, given.env, env),
    cwd: flags.cwd === undefined ? undefined : resolve(flags.cwd),
    split_output: flags['split-output'],
  };
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

/** What is no number stays text, and is refused by name where the request is checked. */
function numberIn(text: string | undefined): number | string | undefined {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** `NAME=VALUE`, or `NAME` for the value it has here. */
function variables(flags: string[], given: unknown, env: NodeJS.ProcessEnv): Record<string, string> {
  const all: Record<string, string> = { ...(typeof given === 'object' ? given : {}) };
  for (const flag of flags) {
    const [name] = flag.split('=', 1) as [string];
    const value = name === flag ? env[name] : flag.slice(name.length + 1);
    if (value === undefined)
      throw new BadInput(`--env ${name}: there is no such variable here`, [`--env ${name}=VALUE`]);
    all[name] = value;
  }
  return all;
}
