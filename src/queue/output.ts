// A job's output: from the database once it is stored, from its file while it runs or when it is long.
import type { Attempt, Job, ShellPayload } from '../job/job.js';
import { isTruncated } from '../job/output-mark.js';
import type { QueueFiles, Stream } from '../storage/files.js';
import type { JobStore } from '../storage/jobs.js';
import type { StoredOutput } from '../storage/settlements.js';
import { lastLines, OutputFile, type Part } from './output-file.js';

/** Which part of an output is wanted. */
export interface OutputPart {
  stream: Stream;
  /** The last so many lines; null is all. */
  lines: number | null;
}

export const ALL_OUTPUT: OutputPart = { stream: 1, lines: null };

export interface AttemptOutput {
  attempt: Attempt;
  /** In order; a gap is told in place, in a line of ours. */
  chunks: AsyncIterable<Buffer>;
  /** Something the reader must know: bytes left out, a file that is gone. */
  note: string | null;
  /** The growing or long file, when there is one. */
  file: string | null;
}

/**
 * @param elsewhere the name of the host that has an attempt's files, where that is another one
 * @param number of the attempt; null is the last one
 * @returns undefined before the first attempt
 */
export async function readOutput(
  jobs: JobStore,
  files: QueueFiles,
  elsewhere: (attempt: Attempt) => Promise<string | null>,
  job: Job,
  number: number | null,
  { stream, lines }: OutputPart,
): Promise<AttemptOutput | undefined> {
  const attempts = await jobs.attempts(job.number);
  const attempt = number === null ? attempts.at(-1) : attempts.find((one) => one.attempt === number);
  if (!attempt) return undefined;
  if (stream === 2 && !isSplit(job)) return { attempt, chunks: inPlace([]), note: NOT_SPLIT, file: null };
  const isThere = attempt.outputFile !== null || attempt.finishedAt === null;
  const path = files.output(job.number, attempt.attempt, stream);
  const file = isThere ? await OutputFile.open(path, lines) : undefined;
  if (file) return { attempt, chunks: inPlace(restOf(file)), note: truncation(attempt), file: path };
  const stored = await jobs.outputs(job.number, attempt.attempt);
  const wanted = stored.find((one) => one.stream === stream);
  return {
    attempt,
    chunks: inPlace(wanted ? partsOf(wanted, lines) : []),
    note: noteOf(attempt, wanted, stored.length, await elsewhere(attempt)),
    file: null,
  };
}

const NOT_SPLIT =
  'its standard error is in the same stream as its standard output: it was enqueued without --split-output';

export function isSplit({ type, payload }: Job): boolean {
  return type === 'shell' && (payload as ShellPayload).split_output === true;
}

export function shown(part: Part): Buffer {
  return 'bytes' in part ? part.bytes : Buffer.from(`\n[${part.cutBytes} bytes are not stored]\n`);
}

/** A gap is told among the bytes. */
async function* inPlace(parts: Iterable<Part> | AsyncIterable<Part>): AsyncGenerator<Buffer> {
  for await (const part of parts) yield shown(part);
}

async function* restOf(file: OutputFile): AsyncGenerator<Part> {
  try {
    yield* file.rest();
  } finally {
    await file.close();
  }
}

function partsOf({ head, tail, cutBytes }: StoredOutput, lines: number | null): Part[] {
  if (lines !== null) return [{ bytes: lastLines(tail ?? head, lines) }];
  return cutBytes > 0 ? [{ bytes: head }, { cutBytes }, { bytes: tail ?? Buffer.alloc(0) }] : [{ bytes: head }];
}

/** What to tell whoever asks while the job runs on another host. */
export function runsElsewhere(host: string): string {
  return `it runs on host ${host}: its output can be followed there, and is shown here when it has ended`;
}

function noteOf(
  attempt: Attempt,
  wanted: StoredOutput | undefined,
  stored: number,
  host: string | null,
): string | null {
  if (host !== null && attempt.finishedAt === null) return runsElsewhere(host);
  if (host !== null && attempt.outcome === 'lost') return `what it printed was lost with its worker on host ${host}`;
  if (stored === 0 && (attempt.outputBytes ?? 0) > 0) return 'the output was pruned';
  const cut = wanted?.cutBytes ?? 0;
  const rest = host !== null && attempt.outputFile !== null ? `; the whole output lies on host ${host}` : '';
  const partly = `only the first and last part of this output is stored: ${cut} bytes in the middle are left out${rest}`;
  return [cut > 0 && partly, truncation(attempt)].filter(Boolean).join('; ') || null;
}

function truncation({ detail }: Attempt): string | null {
  return isTruncated(detail) ? detail : null;
}
