// How an attempt's end is written: its row of values, the same for the statement about the job and the one about the attempt.
import { ENDED_STATES, type JobState, type Outcome } from '../job/job.js';
import type { Next } from '../job/lifecycle.js';
import type { ColumnKind } from './dialect.js';
import type { Ended } from './settlements.js';

/** An attempt's end, and what follows for its job. */
export interface End {
  ended: Ended;
  after: Next;
}

export interface HeldAttempt {
  job: number;
  attempt: number;
}

export interface EndRow extends HeldAttempt {
  state: JobState;
  failures: number;
  crashes: number;
  job_cause: string | null;
  delay: number | null;
  over: number;
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

export const END_KINDS: Record<keyof EndRow, ColumnKind> = {
  job: 'ms',
  attempt: 'integer',
  state: 'text',
  failures: 'integer',
  crashes: 'integer',
  job_cause: 'text',
  delay: 'ms',
  over: 'integer',
  run_ms: 'ms',
  outcome: 'text',
  exit_code: 'integer',
  signal: 'text',
  cause: 'text',
  detail: 'text',
  counted: 'integer',
  output_bytes: 'ms',
  output_file: 'text',
  result: 'text',
};

export function jsonOf(ends: readonly End[]): string {
  return JSON.stringify(ends.map((end) => valuesOf(endOf(end))));
}

export function attemptKey({ job, attempt }: HeldAttempt): string {
  return `${job}.${attempt}`;
}

function valuesOf(end: EndRow) {
  return (Object.keys(END_KINDS) as (keyof EndRow)[]).map((column) => end[column]);
}

function endOf({ ended, after }: End): EndRow {
  const { job, attempt, ending, runMs, outputBytes, outputFile, result } = ended;
  return {
    job,
    attempt,
    state: after.state,
    failures: after.failures,
    crashes: after.crashes,
    job_cause: after.cause,
    delay: after.delayMs,
    over: ENDED_STATES.includes(after.state) ? 1 : 0,
    run_ms: Math.max(0, Math.round(runMs)),
    outcome: ending.outcome,
    exit_code: ending.exitCode ?? null,
    signal: ending.signal ?? null,
    cause: ending.cause,
    detail: ending.detail ?? null,
    counted: after.counted ? 1 : 0,
    output_bytes: outputBytes,
    output_file: outputFile,
    result,
  };
}
