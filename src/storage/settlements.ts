// Records how attempts ended and what follows for their jobs, each write fenced by worker and attempt number.
import { sql } from 'kysely';
import { ENDED_STATES, type Ending, type JobState, type Outcome } from '../job/job.js';
import { next, type Policy } from '../job/lifecycle.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import type { Stream } from './files.js';
import { prepared } from './prepared.js';
import { Rollup } from './rollup.js';

export interface StoredOutput {
  stream: Stream;
  head: Buffer;
  tail: Buffer | null;
  cutBytes: number;
}

/** An attempt that ended and has to be recorded. */
export interface Ended {
  job: number;
  /** What people call the job. */
  id: string;
  attempt: number;
  queue: string;
  type: string;
  ending: Ending;
  /** From the monotonic clock. */
  runMs: number;
  waitMs: number;
  outputs: StoredOutput[];
  outputBytes: number | null;
  /** Name in the output folder, when an output is too long to be stored whole. */
  outputFile: string | null;
  result: string | null;
  /** Names in the output folder that nobody needs once this is recorded. */
  spentFiles: string[];
}

export interface Settled {
  ended: Ended;
  /** What the job is now; null when another writer was first and nothing was recorded. */
  state: JobState | null;
  /** Until its next attempt, ms. */
  delayMs: number | null;
}

export class SettlementStore {
  constructor(private readonly database: Database) {}

  /** @param fallback the policy of a job that names none and whose queue names none */
  async settle(tx: Executor, worker: number, all: readonly Ended[], fallback: Policy): Promise<Settled[]> {
    const counts = new CountChanges();
    const rollup = new Rollup();
    const settled: Settled[] = [];
    for (const ended of all) {
      const result = await this.#settle(tx, worker, ended, fallback);
      settled.push(result);
      if (result.state === null) continue;
      counts.move(ended, 'processing', result.state);
      rollup.add(ended);
    }
    await counts.write(tx, this.database, worker);
    await rollup.write(tx, this.database, worker);
    await this.#tally(tx, worker, settled);
    return settled;
  }

  async #settle(tx: Executor, worker: number, ended: Ended, fallback: Policy): Promise<Settled> {
    const { job, attempt, ending } = ended;
    const lostRace = { ended, state: null, delayMs: null };
    const [row] = await this.#policy({ job, attempt, worker }, tx);
    if (!row) return lostRace;
    const after = next(row, ending, policyOf(row, fallback), Math.random(), row.cancel_at !== null);
    const values = {
      job,
      attempt,
      worker,
      state: after.state,
      failures: after.failures,
      crashes: after.crashes,
      cause: after.cause,
      delay: after.delayMs,
      over: ENDED_STATES.includes(after.state) ? 1 : 0,
    };
    const [changed] = await this.#endJob(values, tx);
    if (!changed) return lostRace;
    await this.#endAttempt(
      {
        job,
        attempt,
        run_ms: Math.max(0, Math.round(ended.runMs)),
        outcome: ending.outcome,
        exit_code: ending.exitCode ?? null,
        signal: ending.signal ?? null,
        cause: ending.cause,
        detail: ending.detail ?? null,
        counted: after.counted ? 1 : 0,
        output_bytes: ended.outputBytes,
        output_file: ended.outputFile,
        result: ended.result,
      },
      tx,
    );
    for (const { stream, head, tail, cutBytes } of ended.outputs) {
      await this.#addOutput({ job, attempt, stream, head, tail, cut_bytes: cutBytes }, tx);
    }
    return { ended, state: after.state, delayMs: after.delayMs };
  }

  readonly #policy = prepared<{ job: number; attempt: number; worker: number }, PolicyRow>(({ job, attempt, worker }) =>
    this.database.kysely
      .selectFrom('jobs')
      .leftJoin('queues', 'queues.name', 'jobs.queue')
      .select([
        'jobs.failures',
        'jobs.crashes',
        'jobs.cancel_at',
        'jobs.max_retries as job_retries',
        'queues.max_retries as queue_retries',
        'jobs.backoff_base as job_base',
        'queues.backoff_base as queue_base',
        'jobs.backoff_max_ms as job_max_ms',
      ])
      .where('jobs.number', '=', job)
      .where('jobs.attempt', '=', attempt)
      .where('jobs.worker', '=', worker)
      .where('jobs.state', '=', 'processing'),
  );

  readonly #endJob = prepared<EndJob, { number: number }>((p) => {
    const { now } = this.database;
    return this.database.kysely
      .updateTable('jobs')
      .set({
        state: p.state,
        failures: p.failures,
        crashes: p.crashes,
        cause: p.cause,
        wake_at: sql<number | null>`${now} + ${p.delay}`, // NULL without a delay
        worker: null,
        cancel_at: null,
        cancel_signal: null,
        changed_at: now,
        finished_at: sql<number | null>`case when ${p.over} = 1 then ${now} end`,
      })
      .where('number', '=', p.job)
      .where('attempt', '=', p.attempt)
      .where('worker', '=', p.worker)
      .where('state', '=', 'processing')
      .returning('number');
  });

  readonly #endAttempt = prepared<EndAttempt, never>((p) =>
    this.database.kysely
      .updateTable('attempts')
      .set({
        finished_at: this.database.now,
        run_ms: p.run_ms,
        outcome: p.outcome,
        exit_code: p.exit_code,
        signal: p.signal,
        cause: p.cause,
        detail: p.detail,
        counted: p.counted,
        output_bytes: p.output_bytes,
        output_file: p.output_file,
        result: p.result,
      })
      .where('job', '=', p.job)
      .where('attempt', '=', p.attempt)
      .$castTo<never>(),
  );

  readonly #addOutput = prepared<OutputValues, never>((p) =>
    this.database.kysely
      .insertInto('outputs')
      .values({ job: p.job, attempt: p.attempt, stream: p.stream, head: p.head, tail: p.tail, cut_bytes: p.cut_bytes })
      .$castTo<never>(),
  );

  async #tally(tx: Executor, worker: number, settled: Settled[]): Promise<void> {
    const recorded = settled.filter(({ state }) => state !== null);
    if (recorded.length === 0) return;
    const done = recorded.filter(({ ended }) => ended.ending.outcome === 'succeeded').length;
    const failed = recorded.filter(({ ended }) => FAILURES.includes(ended.ending.outcome)).length;
    await this.#addTally({ worker, done, failed }, tx);
  }

  readonly #addTally = prepared<{ worker: number; done: number; failed: number }, never>(({ worker, done, failed }) =>
    this.database.kysely
      .updateTable('workers')
      .set({ done: sql`done + ${done}`, failed: sql`failed + ${failed}` })
      .where('number', '=', worker)
      .$castTo<never>(),
  );
}

const FAILURES: readonly Outcome[] = ['failed', 'timed_out'];

interface PolicyRow {
  failures: number;
  crashes: number;
  cancel_at: number | null;
  job_retries: number | null;
  queue_retries: number | null;
  job_base: number | null;
  queue_base: number | null;
  job_max_ms: number | null;
}

interface EndJob {
  job: number;
  attempt: number;
  worker: number;
  state: JobState;
  failures: number;
  crashes: number;
  cause: string | null;
  delay: number | null;
  over: number;
}

interface EndAttempt {
  job: number;
  attempt: number;
  run_ms: number;
  outcome: Outcome;
  exit_code: number | null;
  signal: string | null;
  cause: string | null;
  detail: string | null;
  counted: number;
  output_bytes: number | null;
  output_file: string | null;
  result: string | null;
}

interface OutputValues {
  job: number;
  attempt: number;
  stream: number;
  head: Buffer;
  tail: Buffer | null;
  cut_bytes: number;
}

function policyOf(row: PolicyRow, fallback: Policy): Policy {
  return {
    maxRetries: row.job_retries ?? row.queue_retries ?? fallback.maxRetries,
    maxCrashes: fallback.maxCrashes,
    backoff: {
      base: row.job_base ?? row.queue_base ?? fallback.backoff.base,
      maxMs: row.job_max_ms ?? fallback.backoff.maxMs,
      jitter: fallback.backoff.jitter,
    },
  };
}
