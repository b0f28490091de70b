// A job's output as a stream of parts: what there is, or all of it until the job has ended.
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { BadInput } from '../errors.js';
import { causeSentence } from '../job/cause.js';
import type { Attempt, Job } from '../job/job.js';
import type { AttemptOutput } from './output.js';
import type { Queue } from './queue.js';

const POLL_MS = 150;
const CHUNK = 65_536;

/** Either bytes of the job or a sentence of ours. */
export type Followed = { output: Buffer } | { note: string };

/** What there is of one attempt. @param attempt null is the last one. @throws NoSuchJob, BadInput */
export async function* existingOutput(queue: Queue, id: string, attempt: number | null): AsyncGenerator<Followed> {
  const output = await queue.output(id, attempt);
  if (output) yield* parts(output);
  else if (attempt === null) yield { note: `job ${id} has not started yet` };
  else throw new BadInput(`job ${id} has no attempt ${attempt}`, [`queuectl show ${id} lists its attempts`]);
}

async function* parts({ note, chunks }: AttemptOutput): AsyncGenerator<Followed> {
  if (note !== null) yield { note };
  for await (const output of chunks) yield { output };
}

/**
 * Begins with the last attempt and waits for the next one as long as there may be one.
 * @param only this attempt and no other
 * @throws NoSuchJob
 */
export async function* followOutput(queue: Queue, id: string, only: number | null): AsyncGenerator<Followed> {
  let { job, attempts } = await queue.details(id);
  let wanted = only ?? Math.max(1, job.attempt);
  if (attempts.length === 0 && mayRun(job)) yield { note: `job ${job.id} is ${job.state}; waiting for it to start` };
  for (;;) {
    const attempt = attempts.find((one) => one.attempt === wanted);
    if (attempt) {
      yield* tail(queue, job, attempt);
      if (only !== null) return;
      ({ job, attempts } = await queue.details(id));
      const note = between(
        job,
        attempts.find((one) => one.attempt === wanted),
      );
      if (note) yield { note };
      wanted += 1;
    }
    if (!mayRun(job)) return;
    if (job.attempt < wanted) await pause(POLL_MS);
    ({ job, attempts } = await queue.details(id));
  }
}

function mayRun({ state }: Job): boolean {
  return state === 'pending' || state === 'processing' || state === 'failed' || state === 'held';
}

/** What is said between two attempts; nothing after the last one. */
function between(job: Job, ended: Attempt | undefined): string | undefined {
  if (!mayRun(job) || !ended) return undefined;
  const next = job.state === 'processing' ? '' : '; waiting for the next one';
  return `attempt ${ended.attempt} of job ${job.id} ended: ${causeSentence(ended.cause)}${next}`;
}

/** The file stays readable while it is open, also when the attempt's end has removed it. */
async function* tail(queue: Queue, job: Job, { attempt }: Attempt): AsyncGenerator<Followed> {
  let file: FileHandle | undefined;
  try {
    for (let at = 0; ; ) {
      const over = await isOver(queue, job, attempt);
      file ??= await open(queue.files.output(job.number, attempt)).catch(() => undefined);
      if (!file && over) return yield* existingOutput(queue, String(job.number), attempt);
      for (let chunk = await next(file, at); chunk.length > 0; chunk = await next(file, at)) {
        at += chunk.length;
        yield { output: chunk };
      }
      if (over) return;
      await pause(POLL_MS);
    }
  } finally {
    await file?.close();
  }
}

async function next(file: FileHandle | undefined, at: number): Promise<Buffer> {
  if (!file) return Buffer.alloc(0);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, at);
  return buffer.subarray(0, bytesRead);
}

async function isOver(queue: Queue, { number }: Job, attempt: number): Promise<boolean> {
  const { attempts } = await queue.details(String(number));
  return attempts.find((one) => one.attempt === attempt)?.finishedAt !== null;
}
