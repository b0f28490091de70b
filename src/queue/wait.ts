// Waits until jobs have ended, and says with which exit code that is told.
import { ExitCode, JobRemoved } from '../errors.js';
import { fateExitCode } from '../job/cause.js';
import type { Database } from '../storage/database.js';
import { type Standing, StandingStore } from '../storage/standings.js';
import { News } from './news.js';
import type { Queue } from './queue.js';
import { unservedNote } from './served.js';

export interface WaitOptions {
  /** The first one to end is enough. */
  any?: boolean;
  /** Not longer than this, ms. */
  withinMs?: number;
  /** Ends it within a second, as if time were over. */
  signal?: AbortSignal;
  /** Told of each job when it has ended, in the order of their ends. */
  onEnd?: (job: Standing) => void;
  /** Told once of each queue that nobody serves. */
  onUnserved?: (note: string) => void;
}

export interface Waited {
  /** `job`: the exit code is that of the jobs. `timeout`: they were not waited for any longer. */
  reason: 'job' | 'timeout';
  /** The highest of those that ended. */
  exitCode: number;
  /** As they were last seen, in the order of the ids. */
  jobs: Standing[];
  /** Those whose end was told, in that order. */
  ended: Standing[];
}

/** @throws NoSuchJob, JobRemoved */
export async function waitFor(queue: Queue, ids: readonly string[], options: WaitOptions = {}): Promise<Waited> {
  const news = new News(queue.database); // before the jobs are read: nothing is missed in between
  try {
    return await waitWith(news, queue, ids, options);
  } finally {
    news.close();
  }
}

async function waitWith(news: News, queue: Queue, ids: readonly string[], options: WaitOptions): Promise<Waited> {
  const { any = false, withinMs = Number.POSITIVE_INFINITY, signal, onEnd, onUnserved } = options;
  const until = performance.now() + withinMs;
  const store = new StandingStore(queue.database);
  const jobs = new Map((await store.byIds(ids)).map((job) => [job.number, job]));
  const ended: Standing[] = [];
  let open = [...jobs.values()];
  for (let looks = 0; ; looks++) {
    const over = inOrder(open.filter((job) => codeOf(job) !== null)).slice(0, any ? 1 : undefined);
    for (const job of over) onEnd?.(job);
    ended.push(...over);
    open = open.filter((job) => codeOf(job) === null);
    if (any ? ended.length > 0 : open.length === 0) return waited('job', jobs, ended);
    if (looks === 0 && onUnserved) await tellUnserved(queue.database, open, onUnserved);
    const inTime = await news.within(until - performance.now());
    if (!inTime || signal?.aborted) return waited('timeout', jobs, ended);
    open = await readAgain(queue, store, open);
    for (const job of open) jobs.set(job.number, job);
  }
}

function waited(reason: Waited['reason'], jobs: ReadonlyMap<number, Standing>, ended: Standing[]): Waited {
  const highest = ended.reduce((code, job) => Math.max(code, codeOf(job) ?? 0), 0);
  return { reason, exitCode: reason === 'timeout' ? ExitCode.waitTimedOut : highest, jobs: [...jobs.values()], ended };
}

function codeOf({ state, cause }: Standing): number | null {
  return fateExitCode(state, cause);
}

function inOrder(jobs: Standing[]): Standing[] {
  return jobs.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || a.number - b.number);
}

async function readAgain(queue: Queue, store: StandingStore, jobs: readonly Standing[]): Promise<Standing[]> {
  const numbers = jobs.map(({ number }) => number);
  // Where no worker runs, whoever waits for them ends those that cannot start in time.
  if (jobs.some(({ expiresAt }) => expiresAt !== null)) await queue.expiry.sweep();
  const found = await store.byNumbers(numbers);
  if (found.length === jobs.length) return found;
  const left = new Set(found.map(({ number }) => number));
  throw new JobRemoved(jobs.find(({ number }) => !left.has(number))!.id);
}

async function tellUnserved(
  database: Database,
  jobs: readonly Standing[],
  tell: (note: string) => void,
): Promise<void> {
  const waiting = jobs.filter(({ state }) => state !== 'processing');
  const lanes = new Map(waiting.map(({ queue, type }) => [`${queue}\0${type}`, { queue, type }]));
  const notes = new Set<string>();
  for (const { queue, type } of lanes.values()) {
    const note = await unservedNote(database, queue, type);
    if (note !== null) notes.add(note);
  }
  for (const note of notes) tell(note);
}
