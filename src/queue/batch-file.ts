// Jobs that were checked and wait to be stored, in batches, in a file that is gone when the program is.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallerContext } from '../job/job.js';
import type { NewJob } from '../storage/intake.js';

interface Kept {
  /** Its place in the file, bytes. */
  at: number;
  bytes: number;
  jobs: number;
  lastLine: number;
}

export interface Batch {
  jobs: NewJob[];
  /** The last line of the input that is part of it. */
  lastLine: number;
}

export class BatchFile {
  readonly #file: number;
  readonly #kept: Kept[] = [];
  #end = 0;

  /** @param caller in whose surroundings all of them run, but for the folder */
  constructor(private readonly caller: CallerContext) {
    const folder = mkdtempSync(join(tmpdir(), 'queuectl-'));
    try {
      this.#file = openSync(join(folder, 'jobs'), 'wx+', 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true }); // the file lives on without a name, and no signal leaves it behind
    }
  }

  get jobs(): number {
    return this.#kept.reduce((sum, { jobs }) => sum + jobs, 0);
  }

  append({ jobs, lastLine }: Batch): void {
    if (jobs.length === 0) return;
    const rows = jobs.map(({ payload, context, ...job }) => ({
      ...job,
      payload: payload.toString('utf8'),
      context: context?.cwd ?? null,
    }));
    const text = Buffer.from(JSON.stringify(rows));
    for (let from = 0; from < text.length; ) from += writeSync(this.#file, text, from, undefined, this.#end + from);
    this.#kept.push({ at: this.#end, bytes: text.length, jobs: jobs.length, lastLine });
    this.#end += text.length;
  }

  /** In the order in which they were appended. */
  *batches(): Generator<Batch> {
    for (const { at, bytes, lastLine } of this.#kept) {
      const text = Buffer.allocUnsafe(bytes);
      for (let from = 0; from < bytes; ) from += readSync(this.#file, text, from, bytes - from, at + from);
      yield { jobs: this.#read(text.toString('utf8')), lastLine };
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Jobs of one folder share one context, which is looked for once. */
  #read(text: string): NewJob[] {
    const contexts = new Map([[this.caller.cwd, this.caller]]);
    const contextIn = (cwd: string | null) => {
      const context = contexts.get(cwd) ?? { ...this.caller, cwd };
      contexts.set(cwd, context);
      return context;
    };
    const rows: (Omit<NewJob, 'payload' | 'context'> & { payload: string; context: string | null })[] =
      JSON.parse(text);
    return rows.map((row) => ({ ...row, payload: Buffer.from(row.payload), context: contextIn(row.context) }));
  }
}
