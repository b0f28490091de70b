// The documents that `--json` prints: one function a shape. Keys are in snake case and say their unit; times are ISO 8601 in UTC.
import { causeSentence, fateExitCode } from '../job/cause.js';
import type { Attempt, Job, JobEvent } from '../job/job.js';
import { isTruncated } from '../job/output-mark.js';
import { maskedAll } from '../job/secret.js';
import { describePayload } from '../job-types/registry.js';
import type { DeadCause } from '../storage/jobs.js';
import type { Pause } from '../storage/queues.js';
import type { WorkerPlace } from '../storage/workers.js';
import type { BulkUndo } from './change.js';
import type { AttemptOutput } from './output.js';
import type { Metrics, Overview, WorkerView } from './overview.js';
import type { JobDetails } from './queue.js';
import type { Waited } from './wait.js';
import type { Why } from './why.js';

export function jobDocument(job: Job) {
  return {
    /** What the user calls it: the id they gave, else its number. */
    id: job.id,
    number: job.number,
    state: job.state,
    queue: job.queue,
    type: job.type,
    /** The payload in one line, as lists show it. */
    command: describePayload(job.type, job.payload),
    /** What its type takes; any JSON. */
    payload: job.payload,
    priority: job.priority,
    /** Number of the last attempt; 0 before the first. It only grows. */
    attempt: job.attempt,
    /** Failed and timed-out attempts since it was enqueued or redriven. */
    failures: job.failures,
    /** Attempts that were lost with their worker. */
    crashes: job.crashes,
    /** Why the last attempt ended as it did, as a stable code: exit:3, signal:SIGKILL, timeout. */
    cause: job.cause,
    /** The cause as a sentence. */
    reason: causeSentence(job.cause) || null,
    /** Retries after the first attempt; null, as for the other limits: it follows its queue and the settings. */
    max_retries: job.maxRetries,
    timeout_sec: seconds(job.timeoutMs),
    backoff_base: job.backoffBase,
    backoff_max_sec: seconds(job.backoffMaxMs),
    key: job.key,
    /** Number of the job that this one repeats or follows. */
    parent: job.parent,
    /** From 0 to 1, as its running attempt says. */
    progress: job.progress,
    /** Not before this time. */
    run_at: time(job.runAt),
    /** When a waiting job becomes ready; null is now. */
    next_run_at: time(job.wakeAt),
    expires_at: time(job.expiresAt),
    created_at: time(job.createdAt),
    changed_at: time(job.changedAt),
    started_at: time(job.startedAt),
    finished_at: time(job.finishedAt),
  };
}

export function attemptDocument(attempt: Attempt, workers: ReadonlyMap<number, WorkerPlace>) {
  return {
    attempt: attempt.attempt,
    worker: workers.get(attempt.worker)?.name ?? null,
    host: workers.get(attempt.worker)?.hostName ?? null,
    /** Null while it runs. */
    outcome: attempt.outcome,
    cause: attempt.cause,
    reason: causeSentence(attempt.cause) || null,
    detail: attempt.detail,
    exit_code: attempt.exitCode,
    signal: attempt.signal,
    /** By a clock that is never set. */
    duration_ms: attempt.runMs,
    output_bytes: attempt.outputBytes,
    output_truncated: isTruncated(attempt.detail),
    result: attempt.result,
    started_at: time(attempt.startedAt),
    finished_at: time(attempt.finishedAt),
  };
}

export function eventDocument(event: JobEvent) {
  const before = event.before === null ? null : JSON.parse(event.before);
  return { at: time(event.at), what: event.what, who: event.who, before };
}

export function detailsDocument({ job, surroundings, attempts, events, workers }: JobDetails) {
  return {
    ...jobDocument(job),
    cwd: surroundings.cwd,
    umask: surroundings.umask === null ? null : octal(surroundings.umask),
    env: maskedAll(surroundings.env),
    result: attempts.at(-1)?.result ?? null,
    attempts: attempts.map((attempt) => attemptDocument(attempt, workers)),
    events: events.map(eventDocument),
  };
}

/** Bytes that are not UTF-8 become U+FFFD. @param output undefined before the first attempt */
export async function outputDocument(id: string, output: AttemptOutput | undefined) {
  const chunks: Buffer[] = [];
  for await (const chunk of output?.chunks ?? []) chunks.push(chunk);
  return {
    id,
    attempt: output?.attempt.attempt ?? null,
    output: Buffer.concat(chunks).toString('utf8'),
    note: output?.note ?? null,
  };
}

/** `reason` tells a job's own 2, 3, 4 or 124 from ours. A job that has not ended has no exit code. */
export function waitDocument({ reason, exitCode, jobs, ended }: Waited, results: ReadonlyMap<number, string>) {
  return {
    reason,
    exit_code: exitCode,
    ended: ended.map(({ id }) => id),
    jobs: jobs.map(({ id, number, state, cause, finishedAt }) => ({
      id,
      number,
      state,
      cause,
      exit_code: fateExitCode(state, cause),
      result: results.get(number) ?? null,
      finished_at: time(finishedAt),
    })),
  };
}

/** What became of the one job that was stayed with. */
export function endDocument({ reason, exitCode }: Waited, job: Job, result: string | null) {
  return { reason, exit_code: exitCode, result, job: jobDocument(job) };
}

export function whyDocument({ job, code, sentence, command }: Why) {
  return { id: job.id, state: job.state, code, sentence, command, next_run_at: time(job.wakeAt) };
}

export function undoDocument({ undone, ids, movedOn }: BulkUndo) {
  const { change, what, who, at } = undone;
  return { change, what, who, at: time(at), undone: ids.length, ids, moved_on: movedOn };
}

export function causesDocument(causes: readonly DeadCause[]) {
  const group = ({ cause, count, first, last }: DeadCause) => ({
    ...{ cause, reason: causeSentence(cause) || null, count },
    ...{ first_at: time(first), last_at: time(last) },
  });
  return { causes: causes.map(group) };
}

export function workerDocument(worker: WorkerView) {
  return {
    name: worker.name,
    pool: worker.pool,
    slot: worker.slot,
    host: worker.hostName,
    pid: worker.pid,
    state: worker.state,
    version: worker.version,
    queues: worker.queues,
    types: worker.types,
    concurrency: worker.concurrency,
    started_at: time(worker.startedAt),
    last_heartbeat_at: time(worker.seenAt),
    gone: worker.gone,
    uptime_sec: Math.max(0, Math.round((worker.now - worker.startedAt) / 1000)),
    cpu_ms: worker.cpuMs,
    cpu_percent: rounded(cpuPercent(worker)),
    memory_bytes: worker.rssBytes,
    completed: worker.done,
    failed_attempts: worker.failed,
    jobs: worker.jobs.map((job) => ({
      id: job.id,
      attempt: job.attempt,
      progress: job.progress,
      started_at: time(job.startedAt),
    })),
  };
}

export function overviewDocument({ counts, queues, workers, averageMs, failureRate }: Overview) {
  return {
    counts,
    dlq: counts.dead,
    average_duration_ms: rounded(averageMs),
    queues: queues.map(({ name, counts, pause }) => ({ name, counts, ...pauseDocument(pause) })),
    workers: workers.map(workerDocument),
    failure_rate: failureRate,
  };
}

export function pauseDocument(pause: Pause | null) {
  return { paused_at: time(pause?.since ?? null), paused_by: pause?.by ?? null };
}

export function metricsDocument(metrics: Metrics) {
  return {
    counts: metrics.counts,
    last_hour: {
      succeeded: metrics.succeeded,
      failed_attempts: metrics.failedAttempts,
      lost_attempts: metrics.lostAttempts,
      average_duration_ms: rounded(metrics.averageMs),
      p95_duration_ms: metrics.p95Ms,
      average_wait_ms: rounded(metrics.averageWaitMs),
    },
    throughput_per_minute: metrics.throughputPerMinute,
    workers: metrics.workers.map((worker) => ({
      ...workerDocument(worker),
      dead: metrics.deadByWorker.get(worker.number) ?? 0,
    })),
  };
}

/** Of one processor, over the worker's life. Null before its first sign of life. */
export function cpuPercent({ cpuMs, startedAt, seenAt }: WorkerView): number | null {
  const ms = seenAt - startedAt; // the first sign of life tells more of the start than of the work
  return cpuMs === null || ms < 1000 ? null : (100 * cpuMs) / ms;
}

export function time(at: number): string;
export function time(at: number | null): string | null;
export function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** As shells write it: `0022`. */
export function octal(umask: number): string {
  return umask.toString(8).padStart(4, '0');
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}
