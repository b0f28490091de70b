// One run of a handler: in a worker, in a process of its own, and in the tests of a plugin.
import { BadInput } from '../errors.js';
import type { Ending } from '../job/job.js';
import type { JobContext, JobError, JobFacts, RunHandler } from '../job/job-type.js';
import { LARGEST_PAYLOAD } from '../job/json.js';
import { type CheckedRequest, checkRequest, type JobRequest } from '../job/request.js';

export interface HandlerTask {
  handler: RunHandler;
  payload: unknown;
  job: JobFacts;
  attempt: number;
  /** Asked for when the handler asks for it. */
  readonly signal: AbortSignal;
}

/** Where what a handler says and does goes to. */
export interface HandlerPorts {
  log(text: string): void;
  progress(done: number): void;
  steps: Steps;
}

/** Finished checkpoints of one job, as JSON. */
export interface Steps {
  find(name: string): Promise<string | undefined>;
  /** Throws when the attempt does not hold its job any more. */
  save(name: string, json: string): Promise<void>;
}

export interface HandlerEnd {
  ending: Ending;
  /** JSON; null is none. */
  result: string | null;
  /** To be enqueued when the attempt is recorded as succeeded. */
  requests: CheckedRequest[];
}

const MOST_REQUESTS = 1000;
const LONGEST_STEP_NAME = 200;
const LONGEST_DETAIL = 1000;

/** Never throws: what the handler throws is how the attempt ended. */
export async function runHandler(task: HandlerTask, ports: HandlerPorts): Promise<HandlerEnd> {
  const { handler, payload } = task;
  let parsed: unknown;
  try {
    parsed = handler.parse(payload);
  } catch (error) {
    return failed(error, ports, true);
  }
  const requests: CheckedRequest[] = [];
  try {
    const value = await handler.run(parsed, contextOf(task, ports, requests));
    const result = jsonOf('its result', value);
    return { ending: { outcome: 'succeeded', cause: null }, result, requests };
  } catch (error) {
    return failed(error, ports, false);
  }
}

function contextOf(task: HandlerTask, ports: HandlerPorts, requests: CheckedRequest[]): JobContext {
  const { job, attempt } = task;
  return {
    get signal() {
      return task.signal;
    },
    attempt,
    job,
    log: (text) => ports.log(`${text}\n`),
    progress(done) {
      if (typeof done !== 'number' || Number.isNaN(done)) throw new TypeError('progress takes a number from 0 to 1');
      ports.progress(Math.min(1, Math.max(0, done)));
    },
    enqueue(request: JobRequest) {
      if (requests.length >= MOST_REQUESTS) throw new BadInput(`a job can enqueue at most ${MOST_REQUESTS} others`);
      requests.push(checkRequest(request));
    },
    async checkpoint<T>(name: string, work: () => T | Promise<T>): Promise<T> {
      checkStepName(name);
      const known = await ports.steps.find(name);
      if (known !== undefined) return fromJson(known);
      task.signal.throwIfAborted();
      const json = jsonOf(`the checkpoint "${name}"`, await work()) ?? '';
      await ports.steps.save(name, json);
      // What the next attempt would be given: code that needs more of the value than JSON keeps fails at once.
      return fromJson(json);
    },
  };
}

/** @throws BadInput */
export function checkStepName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_STEP_NAME && !name.includes('\0')) return;
  throw new BadInput(`not a usable name of a step: ${JSON.stringify(name)?.slice(0, 80)}`, [
    `use 1 to ${LONGEST_STEP_NAME} characters`,
  ]);
}

/** A step that returned nothing is stored as an empty text. */
function fromJson(json: string) {
  return json === '' ? undefined : JSON.parse(json);
}

/** @returns null for undefined */
function jsonOf(what: string, value: unknown): string | null {
  if (value === undefined) return null;
  const json = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`${what} cannot be written as JSON`);
  if (Buffer.byteLength(json) > LARGEST_PAYLOAD) throw new RangeError(`${what} is larger than 1 MB of JSON`);
  return json;
}

/** @param final another attempt would fail the same way */
function failed(thrown: unknown, ports: HandlerPorts, final: boolean): HandlerEnd {
  const error = thrown instanceof Error ? (thrown as JobError) : undefined;
  const wishes = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Partial<JobError>;
  ports.log(`${error?.stack ?? String(thrown)}\n`);
  const ending: Ending = {
    outcome: 'failed',
    cause: `error:${nameOf(error)}`,
    detail: (error ? error.message : String(thrown)).slice(0, LONGEST_DETAIL) || null,
  };
  if (final || wishes.retry === false) ending.final = true;
  if (typeof wishes.retryAfter === 'number') ending.retryAfterMs = wishes.retryAfter;
  return { ending, result: null, requests: [] };
}

/** Part of a cause, which is a code. Node's own errors say more in their code: ECONNREFUSED. */
function nameOf(error: (Error & { code?: unknown }) | undefined): string {
  const named = typeof error?.code === 'string' && error.name === 'Error' ? error.code : error?.name;
  return named?.replace(/[^\w.-]+/g, '_').slice(0, 64) || 'Error';
}
