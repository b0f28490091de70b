// A job's output as a stream of parts: what there is, or all of it until the job has ended.
import { BadInput } from '../errors.js';
import { causeSentence } from '../job/cause.js';
import type { Attempt, Job } from '../job/job.js';
import { News } from './news.js';
import { ALL_OUTPUT, type AttemptOutput, isSplit, type OutputPart, runsElsewhere, shown } from './output.js';
import { OutputFile } from './output-file.js';
import type { Queue } from './queue.js';

/** How often the file of a running attempt is looked at; the database tells by itself. */
const FILE_MS = 150;

/** Either bytes of the job or a sentence of ours. */
export type Followed = { output: Buffer } | { note: string };

/** What there is of one attempt. @param attempt null is the last one. @throws NoSuchJob, BadInput */
export async function* existingOutput(
  queue: Queue,
  id: string,
  attempt: number | null,
  part = ALL_OUTPUT,
): AsyncGenerator<Followed> {
  const output = await queue.output(id, attempt, part);
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
 * @param part its lines count for the attempt that comes first
 * @param over ends it within a second
 * @throws NoSuchJob
 */
export async function* followOutput(
  queue: Queue,
  id: string,
  only: number | null,
  part = ALL_OUTPUT,
  over?: AbortSignal,
): AsyncGenerator<Followed> {
  const news = new News(queue.database);
  try {
    yield* followWith(news, queue, id, only, part, over);
  } finally {
    news.close();
  }
}

async function* followWith(
  news: News,
  queue: Queue,
  id: string,
  only: number | null,
  part: OutputPart,
  over?: AbortSignal,
): AsyncGenerator<Followed> {
  let { job, attempts } = await queue.details(id);
  let { lines } = part;
  if (part.stream === 2 && !isSplit(job)) return yield* existingOutput(queue, id, only, part); // it says so
  let wanted = only ?? Math.max(1, job.attempt);
  if (attempts.length === 0 && mayRun(job)) yield { note: `job ${job.id} is ${job.state}; waiting for it to start` };
  for (;;) {
    const attempt = attempts.find((one) => one.attempt === wanted);
    if (attempt) {
      yield* followAttempt(news, queue, job, attempt, { ...part, lines }, over);
      lines = null;
      if (only !== null) return;
      wanted += 1;
    } else {
      if (!mayRun(job)) return;
      await news.within(Number.POSITIVE_INFINITY);
    }
    if (over?.aborted) return;
    ({ job, attempts } = await queue.details(id));
    // A quick one may have begun, and ended with its job, since the end of the one before was seen.
    if (attempt && (mayRun(job) || attempts.some((one) => one.attempt === wanted)))
      yield { note: between(job, attempts.find((one) => one.attempt === wanted - 1) ?? attempt) };
  }
}

function mayRun({ state }: Job): boolean {
  return state === 'pending' || state === 'processing' || state === 'failed' || state === 'held';
}

function between(job: Job, ended: Attempt): string {
  const next = job.attempt > ended.attempt ? '' : '; waiting for the next one';
  return `attempt ${ended.attempt} of job ${job.id} ended: ${causeSentence(ended.cause)}${next}`;
}

/** The file stays readable while it is open, also when the attempt's end has removed it. */
async function* followAttempt(
  news: News,
  queue: Queue,
  job: Job,
  one: Attempt,
  part: OutputPart,
  aborted?: AbortSignal,
): AsyncGenerator<Followed> {
  const { attempt } = one;
  const path = queue.files.output(job.number, attempt, part.stream);
  let { over, progress } = await standing(queue, job, attempt);
  let file: OutputFile | undefined;
  let host: string | null | undefined;
  let told = 0;
  try {
    for (;;) {
      if (!over && tenths(progress) > told) {
        told = tenths(progress);
        yield { note: `job ${job.id} is at ${told * 10} %` };
      }
      file ??= await OutputFile.open(path, part.lines);
      if (!file && over) return yield* existingOutput(queue, String(job.number), attempt, part);
      if (!file && host === undefined) {
        host = await queue.elsewhere(one);
        if (host !== null) yield { note: runsElsewhere(host) };
      }
      if (file) for await (const next of file.rest()) yield { output: shown(next) };
      if (over || aborted?.aborted) return;
      if (await news.within(FILE_MS)) ({ over, progress } = await standing(queue, job, attempt));
    }
  } finally {
    await file?.close();
  }
}

async function standing(queue: Queue, { number }: Job, attempt: number) {
  const { attempts, job } = await queue.details(String(number));
  const over = attempts.find((one) => one.attempt === attempt)?.finishedAt !== null;
  return { over, progress: job.progress ?? 0 };
}

function tenths(progress: number): number {
  return Math.floor(progress * 10);
}
