// Enqueues any number of jobs: looks at all of them first, then stores them in batches that hold the write lock shortly.
import { randomUUID } from 'node:crypto';
import { Conflict, Interrupted, QueuectlError } from '../errors.js';
import { failPoint } from '../fail-point.js';
import { IdRanges } from '../job/id-ranges.js';
import type { CallerContext } from '../job/job.js';
import type { CheckedRequest } from '../job/request.js';
import type { Database } from '../storage/database.js';
import { IntakeStore, type NewJob } from '../storage/intake.js';
import { foresee } from '../storage/uniqueness.js';
import type { BatchFile } from './batch-file.js';
import { newJobs } from './enqueue.js';
import { atLine } from './line-error.js';

/** So many hold the lock for some 7 ms; four times as many would be a third faster. */
const ROWS_AT_ONCE = 250;
const BYTES_AT_ONCE = 1_000_000;

const PROBLEMS_TOLD = 20;

/** A line of the input. */
export interface GivenLine {
  number: number;
  /** @throws BadInput */
  read(): CheckedRequest;
}

export interface Looked {
  /** Of bad lines: the first few, and how many there are. */
  problems: QueuectlError[];
  refused: number;
  /** Where the jobs go, each once. */
  lanes: Pick<NewJob, 'queue' | 'type'>[];
}

export interface LookOptions {
  caller: CallerContext;
  /** Bad lines are left out; otherwise the first one is thrown. */
  partial: boolean;
  /** Called before jobs of a type are checked. */
  know(type: string): Promise<void>;
  onProgress?(lines: number): void;
}

/** Checks every line and puts the jobs into the file; nothing is stored. @throws BadInput, Conflict */
export async function look(
  database: Database,
  lines: AsyncIterable<GivenLine>,
  file: BatchFile,
  { caller, partial, know, onProgress }: LookOptions,
): Promise<Looked> {
  const told: Looked = { problems: [], refused: 0, lanes: [] };
  let found: { number: number; problem: QueuectlError }[] = [];
  const lanes = new Map<string, Looked['lanes'][number]>();
  const ids = new Map<string, number>();
  const keys = new Map<string, number>();
  const refuse = (number: number, error: unknown) => {
    const problem = atLine(number, error);
    if (!partial || problem === error) throw problem;
    told.refused += 1;
    // That an id is taken is asked for many lines at once, later than the rest is seen.
    found.push({ number, problem: problem as QueuectlError });
    found = found.sort((a, b) => a.number - b.number).slice(0, PROBLEMS_TOLD);
  };
  let batch: { number: number; job: NewJob }[] = [];
  let bytes = 0;
  const keep = async () => {
    const verdicts = await foresee(
      database,
      batch.map(({ job }) => job),
    );
    const jobs: NewJob[] = [];
    verdicts.forEach((verdict, index) => {
      const { number, job } = batch[index]!;
      if (verdict.is === 'refused') refuse(number, verdict.conflict);
      else jobs.push(job);
    });
    file.append({ jobs, lastLine: batch.at(-1)?.number ?? 0 });
    [batch, bytes] = [[], 0];
  };
  for await (const { number, read } of lines) {
    try {
      const request = read();
      await know(request.type);
      const [job] = (await newJobs([request], caller)) as [NewJob];
      if (job.ifExists === 'error') {
        notTwice(ids, 'id', job.name, number);
        notTwice(keys, 'key', job.key, number);
      }
      lanes.set(`${job.queue}\0${job.type}`, job);
      batch.push({ number, job });
      bytes += job.payload.length + (job.env ? JSON.stringify(job.env).length : 0);
    } catch (error) {
      refuse(number, error);
    }
    if (batch.length >= ROWS_AT_ONCE || bytes >= BYTES_AT_ONCE) {
      await keep();
      onProgress?.(number);
    }
  }
  await keep();
  const problems = found.map(({ problem }) => problem);
  return { ...told, problems, lanes: [...lanes.values()].map(({ queue, type }) => ({ queue, type })) };
}

export interface Many {
  ids: IdRanges;
  /** The number of the first new job, which all new ones carry; null when there is none. */
  batch: number | null;
  /** So many of the ids are of jobs that were there already and stand for theirs. */
  found: number;
  /** So many waited and were written anew. */
  replaced: number;
}

/**
 * Stores what was looked at. Each batch is stored whole or not at all.
 * @throws what went wrong with how far it came; Interrupted after Ctrl-C
 */
export async function storeMany(
  database: Database,
  file: BatchFile,
  onProgress: (jobs: number, of: number) => void = () => {},
): Promise<Many> {
  const intake = new IntakeStore(database);
  const many: Many = { ids: new IdRanges(), batch: null, found: 0, replaced: 0 };
  let lastLine = 0;
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  try {
    for (const { jobs, lastLine: line } of file.batches()) {
      if (interrupted) throw new Interrupted('interrupted', []);
      const inserted = await intake.insert(
        jobs.map((job) => ({ ...job, batch: many.batch ?? 'first' })),
        randomUUID(),
      );
      failPoint('enqueue-after-commit');
      many.batch ??= inserted.find(({ met }) => met === null)?.number ?? null;
      for (const { id, number, met } of inserted) {
        many.ids.add(id, number);
        if (met) many[met.how] += 1;
      }
      lastLine = line;
      onProgress(many.ids.count, file.jobs);
    }
  } catch (error) {
    throw error instanceof QueuectlError ? withProgress(error, many, lastLine) : error;
  } finally {
    process.off('SIGINT', interrupt);
  }
  failPoint('enqueue-before-acknowledging');
  return many;
}

function withProgress(error: QueuectlError, { ids, batch }: Many, lastLine: number): QueuectlError {
  const { code, exitCode, message, suggestions } = error;
  if (lastLine === 0) return new QueuectlError(code, exitCode, `${message}; nothing was enqueued`, suggestions, error);
  const done = `${message}; the ${ids.count} jobs up to line ${lastLine} are enqueued, and no others`;
  return new QueuectlError(
    code,
    exitCode,
    done,
    [
      ...suggestions,
      ...(batch === null ? [] : [`queuectl list --where batch=${batch} shows the new ones`]),
      `the rest begins after that line: tail -n +${lastLine + 1}`,
    ],
    error,
  );
}

/** @param seen by the lines in which they stand */
function notTwice(seen: Map<string, number>, what: string, value: string | null, number: number): void {
  if (value === null) return;
  const before = seen.get(value);
  if (before !== undefined) throw new Conflict(`the ${what} "${value}" stands in line ${before} already`);
  seen.set(value, number);
}
