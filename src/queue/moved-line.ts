// The lines of an export: what each holds, and the check of those that come back.
import { BadInput } from '../errors.js';
import { checkId, checkName } from '../job/id.js';
import { JOB_STATES } from '../job/job.js';
import type { ColumnKind } from '../storage/dialect.js';
import { ATTEMPT_COLUMNS, JOB_KINDS, type MovedJob, type MovedQueue, type MovedSetting } from '../storage/moved.js';

/** Raised when an older program could no longer read what this one writes. */
export const FORMAT = 1;

export interface Header {
  queuectl_export: number;
  /** Random: an import that was interrupted knows its export again by it. */
  id: string;
  program: string;
  exported_at: number;
  /** Whether values of secret variables are as they are; else they are masked. */
  with_secrets: boolean;
}

/** @param masked names of its variables whose values are not told */
export type JobLine = { job: MovedJob; masked?: string[] };

/** The last line: without it the export is not whole. */
export type EndLine = { end: { jobs: number } };

/** A line of `export`: first one with the format, then settings, queues and jobs, at last the end. Times are epoch ms. */
export type Line = Header | { setting: MovedSetting } | { queue: MovedQueue } | JobLine | EndLine;

type Kind = Exclude<ColumnKind, 'bytes'> | 'env' | 'list';
type Shape = Record<string, `${Kind}` | `${Kind}?`>;

const NEVER_NULL: readonly string[] = [
  ...['queue', 'type', 'state', 'priority', 'run_at', 'attempt', 'failures', 'crashes', 'blockers'],
  ...['created_at', 'changed_at'],
];

const HEADER: Shape = { queuectl_export: 'integer', id: 'text', program: 'text', exported_at: 'ms' };
const SETTING: Shape = { name: 'text', value: 'text', changed_at: 'ms', who: 'text?' };
const QUEUE: Shape = {
  ...{
    name: 'text',
    paused_at: 'ms?',
    paused_by: 'text?',
    max_running: 'integer?',
    rate_n: 'integer?',
    rate_ms: 'ms?',
  },
  ...{ max_retries: 'integer?', timeout_ms: 'ms?', backoff_base: 'real?' },
};
const JOB: Shape = {
  number: 'ms',
  ...Object.fromEntries(
    Object.entries(JOB_KINDS).map(([name, kind]) => [name, NEVER_NULL.includes(name) ? kind : (`${kind}?` as const)]),
  ),
  ...{ env: 'env?', attempts: 'list', events: 'list' }, // steps came later, and may be missing
};
const CONTEXT: Shape = { host: 'text', uid: 'integer?', cwd: 'text?', umask: 'integer?', env: 'env' };
const TEXTS: readonly string[] = ['outcome', 'signal', 'cause', 'detail', 'result'];
const TIMES: readonly string[] = ['started_at', 'finished_at', 'run_ms', 'output_bytes'];
const ATTEMPT: Shape = {
  ...Object.fromEntries(
    ATTEMPT_COLUMNS.map((name) => [name, TEXTS.includes(name) ? 'text?' : TIMES.includes(name) ? 'ms?' : 'integer?']),
  ),
  ...{ attempt: 'integer', started_at: 'ms', outputs: 'list' },
};
const WORKER: Shape = { name: 'text', host: 'text', host_name: 'text' };
const OUTPUT: Shape = { stream: 'integer', head: 'text?', tail: 'text?', cut_bytes: 'ms' };
const STEP: Shape = { name: 'text', attempt: 'integer', value: 'text' };
const EVENT: Shape = { at: 'ms', what: 'text', who: 'text', before: 'text?' };

const FITS: Record<Kind, (value: unknown) => boolean> = {
  ms: (value) => Number.isSafeInteger(value),
  integer: (value) => Number.isInteger(value) && Math.abs(value as number) < 2 ** 31,
  real: (value) => typeof value === 'number',
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  env: (value) => isRecord(value) && Object.values(value).every((one) => typeof one === 'string'),
  list: Array.isArray,
};

/** @throws BadInput, which does not know the line's number */
export function readLine(text: string): Line {
  const line = parsed(text);
  if ('queuectl_export' in line) return readHeader(line);
  if (isRecord(line.setting)) check('setting', line.setting, SETTING);
  else if (isRecord(line.queue)) check('queue', line.queue, QUEUE);
  else if (isRecord(line.end)) check('end', line.end, { jobs: 'integer' });
  else if (isRecord(line.job)) checkJob(line.job);
  else throw new BadInput('it is no line of an export');
  return line as unknown as Line;
}

function parsed(text: string): Record<string, unknown> {
  try {
    const line: unknown = JSON.parse(text);
    if (isRecord(line)) return line;
  } catch {
    // said below
  }
  throw new BadInput('it is not a JSON object');
}

function readHeader(line: Record<string, unknown>): Header {
  check('header', line, HEADER);
  const { queuectl_export: format, program } = line as unknown as Header;
  if (format === FORMAT) return line as unknown as Header;
  throw new BadInput(`queuectl ${program} wrote it in a format (${format}) that this program does not know`, [
    'update this one: npm install -g queuectl',
  ]);
}

function checkJob(job: Record<string, unknown>): void {
  check('job', job, JOB);
  const { number, name, queue, type, state, payload, context, attempts, steps, events } = job as unknown as MovedJob;
  if (number < 1) throw new BadInput('the number of a job is at least 1');
  if (name !== null) checkId(name);
  checkName('queue', queue);
  checkName('type', type);
  if (!JOB_STATES.includes(state)) throw new BadInput(`no such state: ${state}`);
  if (payload === undefined) throw new BadInput('job.payload is missing');
  if (context !== null) check('context', context, CONTEXT);
  for (const event of events) check('event', event, EVENT);
  if (steps !== undefined && !Array.isArray(steps)) throw new BadInput('job.steps does not fit');
  for (const step of steps ?? []) check('step', step, STEP);
  for (const attempt of attempts) {
    check('attempt', attempt, ATTEMPT);
    if (attempt.worker !== null) check('worker', attempt.worker, WORKER);
    for (const output of attempt.outputs) check('output', output, OUTPUT);
  }
}

function check(what: string, value: unknown, shape: Shape): void {
  if (!isRecord(value)) throw new BadInput(`${what} is not an object`);
  for (const [name, wanted] of Object.entries(shape)) {
    const found = value[name];
    if (found === null && wanted.endsWith('?')) continue;
    const kind = wanted.replace('?', '') as Kind;
    if (!FITS[kind](found))
      throw new BadInput(`${what}.${name} ${found === undefined ? 'is missing' : 'does not fit'}`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
