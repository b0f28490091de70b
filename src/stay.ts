// Stays with a job that was just enqueued until it has ended, and leaves as it did: `enqueue --wait` and `--follow`.
import type { Enqueued } from './enqueue-one.js';
import { BadInput, type QueuectlError, WaitTimedOut } from './errors.js';
import { untilInterrupted } from './interrupt.js';
import type { JobState } from './job/job.js';
import { parseDuration } from './job/units.js';
import { Flags } from './oclif.js';
import { fate, printEnd, printLine, printOutput } from './print-output.js';
import type { endDocument } from './queue/document.js';
import { followOutput } from './queue/follow.js';
import type { Queue } from './queue/queue.js';
import { type Waited, waitFor } from './queue/wait.js';
import type { Standing } from './storage/standings.js';
import { duration } from './terminal/duration.js';
import { fateLine } from './terminal/fate-line.js';

export const stayFlags = {
  wait: Flags.boolean({ description: 'stay until it has ended, and exit as it did' }),
  follow: Flags.boolean({ char: 'f', description: 'likewise, and print its output as it comes', exclusive: ['wait'] }),
  'wait-timeout': Flags.string({
    description: 'stay no longer than this (exit code 124); the job goes on',
    helpValue: 'DURATION',
  }),
};

export interface Stay {
  follow: boolean;
  withinMs: number | undefined;
  json: boolean;
}

type StayFlags = { wait: boolean; follow: boolean; 'wait-timeout'?: string };

/** What `--wait` prints: the job as it was enqueued, and how it ended. */
export type Stayed = Enqueued['document'] & ReturnType<typeof endDocument>;

/** @returns undefined when the job is not to be stayed with. @throws BadInput */
export function readStay({ wait, follow, 'wait-timeout': timeout }: StayFlags, json: boolean): Stay | undefined {
  if (wait || follow) {
    const withinMs = timeout === undefined ? undefined : parseDuration(timeout, '--wait-timeout');
    return { follow, withinMs, json };
  }
  if (timeout === undefined) return undefined;
  throw new BadInput('--wait-timeout needs --wait or --follow', ['the time limit of the job itself is --timeout']);
}

/** @returns the document to print; undefined after a stream. Sets the process's exit code. @throws WaitTimedOut, Interrupted */
export async function stayWith(queue: Queue, enqueued: Enqueued['document'], stay: Stay): Promise<Stayed | undefined> {
  const { id } = enqueued;
  if (!stay.json) (stay.follow ? process.stderr : process.stdout).write(`${id}\n`);
  else if (stay.follow) printLine({ event: 'enqueued', ...enqueued });
  const onUnserved = (note: string) => process.stderr.write(`${note}\n`);
  const waiting = waitFor(queue, [id], { withinMs: stay.withinMs, onUnserved });
  const over = new AbortController();
  const work = stay.follow
    ? alongside(printOutput(followOutput(queue, id, null), { json: stay.json, over: over.signal }), waiting)
    : waiting;
  const waited = await untilInterrupted(work, ...goesOn([id])).finally(() => over.abort());
  if (waited.reason === 'timeout' && !stay.json) throw stillOpen(waited, stay.withinMs);
  process.exitCode = waited.exitCode;
  if (!stay.json) return undefined;
  const job = await queue.job(id);
  if (!stay.follow) return { ...enqueued, ...(await fate(queue, waited, job)) };
  await printEnd(queue, waited, job);
  return undefined;
}

/** Stays until all have ended. Those that did not succeed are told on standard error. @returns what to add to the document */
export async function stayWithAll(queue: Queue, ids: readonly string[], { withinMs, json }: Stay) {
  const put = (line: string) => process.stderr.write(`${line}\n`);
  const onEnd = (job: Standing) => json || job.state === 'completed' || put(fateLine(job));
  const waiting = waitFor(queue, ids, { withinMs, onEnd, onUnserved: put });
  const waited = await untilInterrupted(waiting, ...goesOn(ids));
  if (waited.reason === 'timeout' && !json) throw stillOpen(waited, withinMs);
  process.exitCode = Math.max(waited.exitCode, Number(process.exitCode ?? 0));
  const states: Partial<Record<JobState, number>> = {};
  for (const { state } of waited.jobs) states[state] = (states[state] ?? 0) + 1;
  return { reason: waited.reason, exit_code: waited.exitCode, states };
}

/** The output may go on for a moment after the end; when time is over it is left where it is. */
async function alongside(printing: Promise<void>, waiting: Promise<Waited>): Promise<Waited> {
  const printed = waiting.then(({ reason }) => (reason === 'timeout' ? undefined : printing));
  await Promise.race([printing, printed]);
  return waiting;
}

/** What is said at Ctrl-C. */
export function goesOn(ids: readonly string[]): [message: string, suggestions: string[]] {
  if (ids.length > 1) return [`interrupted; the ${ids.length} jobs go on`, []];
  const [id] = ids;
  return [
    `interrupted; job ${id} goes on`,
    [`queuectl logs --follow ${id} follows its output`, `queuectl cancel ${id} ends it`],
  ];
}

export function stillOpen({ jobs, ended }: Waited, withinMs = 0): QueuectlError {
  const open = jobs.filter((job) => !ended.includes(job)).map(({ id }) => id);
  const names = open.slice(0, 3).join(', ') + (open.length > 3 ? `, … (${open.length})` : '');
  return new WaitTimedOut(`not ended within ${duration(withinMs)}: ${names}`, [`queuectl wait ${open[0]} waits on`]);
}
