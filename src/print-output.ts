// Prints what a job says while it runs: its bytes, or under --json documents, one a line.
import type { Job } from './job/job.js';
import { endDocument } from './queue/document.js';
import type { Followed } from './queue/follow.js';
import type { FollowLine } from './queue/follow-line.js';
import type { Queue } from './queue/queue.js';
import type { Waited } from './queue/wait.js';
import { OutputLines } from './terminal/output-lines.js';
import { jsonText } from './terminal/sanitize.js';
import { screenOf } from './terminal/screen.js';
import { OutputWriter } from './terminal/write-output.js';

export interface Printing {
  json: boolean;
  /** Also send control characters to a terminal. */
  raw?: boolean;
  /** Nothing is printed after this. */
  over?: AbortSignal;
}

/** Sentences of ours go to standard error, or are documents of their own. */
export async function printOutput(parts: AsyncIterable<Followed>, { json, raw = false, over }: Printing) {
  const { colours } = screenOf(process.stdout, process.env);
  const writer = json ? new OutputLines(process.stdout) : new OutputWriter(process.stdout, { raw, colours });
  for await (const part of parts) {
    if (over?.aborted) return;
    if ('output' in part) await writer.write(part.output);
    else if (writer instanceof OutputLines) await writer.note(part.note);
    else process.stderr.write(`${part.note}\n`);
  }
  await writer.end();
}

export function printLine(line: FollowLine): void {
  process.stdout.write(`${jsonText(line)}\n`);
}

/** The last line of a stream. */
export async function printEnd(queue: Queue, waited: Waited, job: Job): Promise<void> {
  printLine({ event: 'ended', ...(await fate(queue, waited, job)) });
}

/** How a job ended, with its result. */
export async function fate(queue: Queue, waited: Waited, job: Job) {
  return endDocument(waited, job, (await queue.results([job])).get(job.number) ?? null);
}
