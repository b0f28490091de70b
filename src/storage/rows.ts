// Rows become jobs here, and only here.
import type { Attempt, CallerContext, Job } from '../job/job.js';
import type { AttemptsTable, ContextsTable, JobRow } from './schema.js';

export type JobWithPayloadRow = JobRow & { payload: Buffer };

export function jobOf(row: JobWithPayloadRow): Job {
  return {
    number: row.number,
    id: row.name ?? String(row.number),
    queue: row.queue,
    type: row.type,
    state: row.state,
    priority: row.priority,
    runAt: row.run_at,
    wakeAt: row.wake_at,
    expiresAt: row.expires_at,
    key: row.key,
    attempt: row.attempt,
    failures: row.failures,
    crashes: row.crashes,
    worker: row.worker,
    maxRetries: row.max_retries,
    timeoutMs: row.timeout_ms,
    backoffBase: row.backoff_base,
    backoffMaxMs: row.backoff_max_ms,
    cause: row.cause,
    parent: row.parent,
    progress: row.progress,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    payload: JSON.parse(row.payload.toString('utf8')),
  };
}

export function attemptOf(row: AttemptsTable): Attempt {
  return {
    attempt: row.attempt,
    worker: row.worker,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    runMs: row.run_ms,
    outcome: row.outcome,
    exitCode: row.exit_code,
    signal: row.signal,
    cause: row.cause,
    detail: row.detail,
    outputBytes: row.output_bytes,
    outputFile: row.output_file,
    result: row.result,
  };
}

export function contextOf(row: Pick<ContextsTable, 'host' | 'uid' | 'cwd' | 'umask' | 'env'>): CallerContext {
  return { host: row.host, uid: row.uid, cwd: row.cwd, umask: row.umask, env: JSON.parse(row.env) };
}
