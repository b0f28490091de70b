// Records how attempts ended and what follows for their jobs, each write fenced by worker and attempt number.
import { type RawBuilder, sql } from 'kysely';
import type { Ending, JobState, Outcome } from '../job/job.js';
import { next, type Policy } from '../job/lifecycle.js';
import type { Claim } from './claims.js';
import type { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { attemptKey, END_KINDS, type End, type EndRow, type HeldAttempt, jsonOf } from './ends.js';
import type { Stream } from './files.js';
import { acceptFollowUps, followUpsOf } from './follow-ups.js';
import { type NewJob, storeJobs } from './intake.js';
import { releasedKey } from './key-locks.js';
import { prepared } from './prepared.js';
import { Rollup } from './rollup.js';
import type { Verdict } from './uniqueness.js';

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
  /** Jobs that it enqueued, to be stored with its success. */
  followUps?: readonly NewJob[];
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

  /**
   * A few statements, however many ended together.
   * @param fallback the policy of a job that names none and whose queue names none
   */
  async settle(
    tx: Executor,
    worker: number,
    all: readonly Ended[],
    fallback: Policy,
    counts: CountChanges,
  ): Promise<Settled[]> {
    const known = await this.#policies(
      { worker, json: JSON.stringify(all.map(({ job, attempt }) => [job, attempt])) },
      tx,
    );
    const rows = new Map(known.map((row) => [row.job, row]));
    const told = new Set<number>();
    const held = all.filter(({ job, attempt }) => {
      if (rows.get(job)?.attempt !== attempt || told.has(job)) return false; // another writer was first, or this one
      return told.add(job);
    });
    const { accepted, verdicts } = await acceptFollowUps(tx, this.database, held, counts);
    const ends = accepted.map((ended) => {
      const row = rows.get(ended.job)!;
      const policy = policyOf(row, fallback);
      return { ended, after: next(row, ended.ending, policy, Math.random(), row.cancel_at !== null) };
    });
    if (ends.length > 0) await this.#record(tx, worker, ends, counts, verdicts);
    const unclaimed = new Map(ends.map((end) => [attemptKey(end.ended), end]));
    return all.map((ended) => {
      const end = unclaimed.get(attemptKey(ended));
      unclaimed.delete(attemptKey(ended)); // told twice, it is recorded once
      return end ? settledBy(end) : { ended, state: null, delayMs: null };
    });
  }

  async #record(
    tx: Executor,
    worker: number,
    recorded: readonly End[],
    counts: CountChanges,
    verdicts: readonly Verdict[] | undefined,
  ): Promise<void> {
    const json = jsonOf(recorded);
    await this.#endJobs({ worker, json }, tx);
    await this.#endAttempts({ json }, tx);
    const followUps = recorded.flatMap(({ ended }) => followUpsOf(ended));
    if (followUps.length > 0) await storeJobs(tx, this.database, followUps, counts, verdicts);
    const rollup = new Rollup();
    for (const { ended, after } of recorded) {
      await this.#addOutputs(ended, tx);
      counts.move(ended, 'processing', after.state);
      rollup.add(ended);
    }
    await rollup.write(tx, this.database, worker);
    const outcomes = recorded.map(({ ended }) => ended.ending.outcome);
    const done = outcomes.filter((outcome) => outcome === 'succeeded').length;
    const failed = outcomes.filter((outcome) => FAILURES.includes(outcome)).length;
    await this.#addTally({ worker, done, failed }, tx);
  }

  /** Of the attempts that this worker still holds. */
  readonly #policies = prepared<{ worker: number; json: string }, PolicyRow>(({ worker, json }) => {
    const asked = this.database.dialect.rows<HeldAttempt>(json, { job: 'ms', attempt: 'integer' });
    const query = this.database.kysely
      .selectFrom(asked.as('asked'))
      .innerJoin('jobs', (join) =>
        join.onRef('jobs.number', '=', 'asked.job').onRef('jobs.attempt', '=', 'asked.attempt'),
      )
      .leftJoin('queues', 'queues.name', 'jobs.queue')
      .select([
        'asked.job',
        'asked.attempt',
        'jobs.failures',
        'jobs.crashes',
        'jobs.cancel_at',
        'jobs.max_retries as job_retries',
        'queues.max_retries as queue_retries',
        'jobs.backoff_base as job_base',
        'queues.backoff_base as queue_base',
        'jobs.backoff_max_ms as job_max_ms',
      ])
      .where(this.database.dialect.holder, '=', worker)
      .where('jobs.state', '=', 'processing');
    return this.database.dialect.lock(query, 'jobs');
  });

  /** Guarded like the read before, which has locked them: it changes all of them. */
  readonly #endJobs = prepared<{ worker: number; json: string }, never>(({ worker, json }) => {
    const { now, kysely } = this.database;
    return kysely
      .updateTable('jobs')
      .from(this.#ends(json).as('ended'))
      .set(({ ref }) => ({
        state: ref('ended.state'),
        failures: ref('ended.failures'),
        crashes: ref('ended.crashes'),
        cause: ref('ended.job_cause'),
        wake_at: sql<number | null>`${now} + ${ref('ended.delay')}`, // NULL without a delay
        worker: null,
        cancel_at: null,
        cancel_signal: null,
        changed_at: now,
        finished_at: sql<number | null>`case when ${ref('ended.over')} = 1 then ${now} end`,
        key_lock: sql<string | null>`case when ${ref('ended.over')} = 1 then ${releasedKey} else jobs.key_lock end`,
      }))
      .whereRef('jobs.number', '=', 'ended.job')
      .whereRef('jobs.attempt', '=', 'ended.attempt')
      .where(this.database.dialect.holder, '=', worker)
      .where('jobs.state', '=', 'processing')
      .$castTo<never>();
  }, 'nothing');

  readonly #endAttempts = prepared<{ json: string }, never>(
    ({ json }) =>
      this.database.kysely
        .updateTable('attempts')
        .from(this.#ends(json).as('ended'))
        .set(({ ref }) => ({
          finished_at: this.database.now,
          run_ms: ref('ended.run_ms'),
          outcome: ref('ended.outcome'),
          exit_code: ref('ended.exit_code'),
          signal: ref('ended.signal'),
          cause: ref('ended.cause'),
          detail: ref('ended.detail'),
          counted: ref('ended.counted'),
          output_bytes: ref('ended.output_bytes'),
          output_file: ref('ended.output_file'),
          result: ref('ended.result'),
        }))
        .whereRef('attempts.job', '=', 'ended.job')
        .whereRef('attempts.attempt', '=', 'ended.attempt')
        .where(sql<boolean>`attempts.job ${this.database.dialect.among(json, 'join')}`)
        .$castTo<never>(),
    'nothing',
  );

  #ends(json: RawBuilder<string>) {
    return this.database.dialect.rows<EndRow>(json, END_KINDS);
  }

  async #addOutputs({ job, attempt, outputs }: Ended, tx: Executor): Promise<void> {
    for (const { stream, head, tail, cutBytes } of outputs) {
      await this.#addOutput({ job, attempt, stream, head, tail, cut_bytes: cutBytes }, tx);
    }
  }

  readonly #addOutput = prepared<OutputValues, never>(
    (p) =>
      this.database.kysely
        .insertInto('outputs')
        .values({
          job: p.job,
          attempt: p.attempt,
          stream: p.stream,
          head: p.head,
          tail: p.tail,
          cut_bytes: p.cut_bytes,
        })
        .$castTo<never>(),
    'nothing',
  );

  readonly #addTally = prepared<{ worker: number; done: number; failed: number }, never>(
    ({ worker, done, failed }) =>
      this.database.kysely
        .updateTable('workers')
        .set({ done: sql`done + ${done}`, failed: sql`failed + ${failed}` })
        .where('number', '=', worker)
        .$castTo<never>(),
    'nothing',
  );
}

function settledBy({ ended, after: { state, delayMs } }: End): Settled {
  return { ended, state, delayMs };
}

/** The end of an attempt that never began. */
export function notStarted({ job: { number, id, attempt, queue, type } }: Claim, ending: Ending): Ended {
  const nothing = {
    runMs: 0,
    waitMs: 0,
    outputs: [],
    outputBytes: null,
    outputFile: null,
    spentFiles: [],
    result: null,
  };
  return { job: number, id, attempt, queue, type, ending, ...nothing };
}

const FAILURES: readonly Outcome[] = ['failed', 'timed_out'];

interface PolicyRow extends HeldAttempt {
  failures: number;
  crashes: number;
  cancel_at: number | null;
  job_retries: number | null;
  queue_retries: number | null;
  job_base: number | null;
  queue_base: number | null;
  job_max_ms: number | null;
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
