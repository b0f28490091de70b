// Takes over the jobs of an export: looks at all of it first, then stores it in transactions of at most 1,000 rows.
import { type ImportProgress, ImportStore } from '../storage/import-rows.js';
import type { MovedJob } from '../storage/moved.js';
import { look, numbered } from './import-check.js';
import type { Queue } from './queue.js';

/** Longer writes would hold the lock for too long. */
const ROWS_AT_ONCE = 1000;
const BYTES_AT_ONCE = 8_000_000;

export interface ImportOptions {
  /** Also into a queue that has jobs. */
  append: boolean;
  /** Called now and then. @param jobs that are stored so far */
  onProgress?: (jobs: number, of: number) => void;
}

export interface Imported {
  /** Stored by this call. */
  jobs: number;
  /** Stored by one before, which was interrupted. */
  before: number;
  /** What was added to the number of each job; 0: they kept theirs. */
  shift: number;
  /** Were running when they were exported, and run again. */
  lost: number;
  /** Outputs of which only the first and last part came along. */
  long: number;
}

/**
 * Begun again after an interruption, with the same export, it goes on where it was.
 * @param lines reads the export from its beginning; it is read twice
 * @throws BadInput, Conflict: in both cases nothing of this call was stored
 */
export async function importLines(
  queue: Queue,
  lines: () => AsyncIterable<string>,
  { append, onProgress }: ImportOptions,
): Promise<Imported> {
  const store = new ImportStore(queue.database);
  const survey = await look(lines(), store, append);
  const { header, settings, queues } = survey;
  const begun = await store.begun();
  const numbers = survey.jobs === 0 ? null : { first: survey.first, last: survey.last };
  let progress =
    begun?.export === header.id ? begun : await store.begin({ export: header.id, numbers, settings, queues }, append);
  const told: Imported = { jobs: 0, before: progress.jobs, shift: progress.shift, lost: 0, long: 0 };
  for await (const batch of batches(lines(), progress)) {
    const jobs = batch.map((job) => settled(job, header.exported_at));
    progress = await store.add(jobs, progress);
    told.jobs += jobs.length;
    told.lost += batch.filter(({ state }) => state === 'processing').length;
    told.long += batch
      .flatMap(({ attempts }) => attempts.flatMap(({ outputs }) => outputs))
      .filter(({ cut_bytes }) => cut_bytes > 0).length;
    onProgress?.(progress.jobs, survey.jobs);
  }
  await store.finish();
  queue.database.wake();
  return told;
}

/** The jobs that are not stored yet, in batches of so many rows and bytes. */
async function* batches(lines: AsyncIterable<string>, { jobs: done }: ImportProgress): AsyncGenerator<MovedJob[]> {
  let [batch, rows, size, seen]: [MovedJob[], number, number, number] = [[], 0, 0, 0];
  for await (const { line, bytes } of numbered(lines)) {
    if (!('job' in line) || ++seen <= done) continue;
    const { job } = line;
    const runs = job.attempts.reduce((sum, { outputs }) => sum + 1 + outputs.length, 0);
    const more = 2 + job.events.length + (job.steps?.length ?? 0) + runs;
    if (batch.length > 0 && (rows + more > ROWS_AT_ONCE || size + bytes > BYTES_AT_ONCE)) {
      yield batch;
      [batch, rows, size] = [[], 0, 0];
    }
    batch.push(job);
    rows += more;
    size += bytes;
  }
  if (batch.length > 0) yield batch;
}

/**
 * What became of a running job is not known here, so it runs again: a lost attempt, which spends no retry; nor is it held
 * against the job as a crash. One that somebody had asked to cancel is cancelled.
 */
function settled(job: MovedJob, exportedAt: number): MovedJob {
  if (job.state !== 'processing') return job;
  const attempts = job.attempts.map((attempt) =>
    attempt.outcome !== null
      ? attempt
      : {
          ...attempt,
          outcome: 'lost' as const,
          cause: 'worker_lost',
          detail: 'it was running when the queue was exported',
          finished_at: Math.max(exportedAt, attempt.started_at),
          counted: 0,
        },
  );
  const waiting = { state: 'pending', cause: 'worker_lost', finished_at: null } as const;
  const ended = { state: 'cancelled', cause: 'cancelled', finished_at: exportedAt } as const;
  const after = job.cancel_at === null ? waiting : ended;
  return { ...job, ...after, wake_at: null, cancel_at: null, cancel_signal: null, changed_at: exportedAt, attempts };
}
