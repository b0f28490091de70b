// A job's output: from the database once it is stored, from its file while it runs or when it is long.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attempt, Job } from '../job/job.js';
import { outputName, type QueueFiles } from '../storage/files.js';
import type { JobStore } from '../storage/jobs.js';

export interface AttemptOutput {
  attempt: Attempt;
  /** In order; a gap is told by a sentence of ours in `note`. */
  chunks: AsyncIterable<Buffer>;
  /** Something the reader must know: bytes left out, a file that is gone. */
  note: string | null;
  /** The growing or long file, when there is one. */
  file: string | null;
}

/** @param attempt null is the last one. @returns undefined before the first attempt */
export async function readOutput(
  jobs: JobStore,
  files: QueueFiles,
  job: Job,
  attempt: number | null,
): Promise<AttemptOutput | undefined> {
  const attempts = await jobs.attempts(job.number);
  const wanted = attempt === null ? attempts.at(-1) : attempts.find((one) => one.attempt === attempt);
  if (!wanted) return undefined;
  const name = wanted.outputFile ?? (wanted.finishedAt === null ? outputName(job.number, wanted.attempt) : null);
  const file = name === null ? null : join(files.outputs, name);
  if (file !== null && (await exists(file))) {
    return { attempt: wanted, chunks: createReadStream(file), note: null, file };
  }
  const stored = await jobs.outputs(job.number, wanted.attempt);
  const cut = stored.reduce((total, output) => total + output.cutBytes, 0);
  const parts = stored.flatMap(({ head, tail, cutBytes }) =>
    cutBytes > 0 ? [head, Buffer.from(`\n[${cutBytes} bytes are not stored]\n`), tail ?? Buffer.alloc(0)] : [head],
  );
  return {
    attempt: wanted,
    chunks: (async function* () {
      yield* parts;
    })(),
    note: noteOf(wanted, cut, stored.length),
    file: null,
  };
}

function noteOf(attempt: Attempt, cut: number, stored: number): string | null {
  if (cut > 0) return `only the first and last part of this output is stored: ${cut} bytes in the middle are left out`;
  if (stored === 0 && (attempt.outputBytes ?? 0) > 0) return 'the output was pruned';
  return null;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
