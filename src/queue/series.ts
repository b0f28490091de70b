// Figures over time, for charts: how many attempts ended in each step, how, and how long they took.
import { readMinutes } from '../storage/rollup.js';
import type { Queue } from './queue.js';

const MINUTE_MS = 60_000;
const MOST_STEPS = 240;
const FAILURES = ['failed', 'timed_out', 'lost'];

export interface Series {
  /** Length of a step, seconds. */
  step_sec: number;
  /** Begin of each step, epoch seconds; every step is there, ascending. */
  at: number[];
  succeeded: number[];
  failed: number[];
  /** Mean of attempts that succeeded, ms; null where there was none. */
  duration_ms: (number | null)[];
}

/** @param minutes the last ones, the current one included; of more than 240 several make a step */
export async function readSeries(queue: Queue, minutes: number, name?: string): Promise<Series> {
  const rows = await readMinutes(queue.database, minutes, name);
  const stepMs = Math.ceil(minutes / MOST_STEPS) * MINUTE_MS;
  const last = Math.floor((await queue.database.present()) / stepMs);
  const count = Math.ceil((minutes * MINUTE_MS) / stepMs);
  const steps = Array.from({ length: count }, (_, index) => last - count + 1 + index);
  const sums = new Map(steps.map((step) => [step, { succeeded: 0, failed: 0, runMs: 0 }]));
  for (const { at, outcome, n, runMs } of rows) {
    const sum = sums.get(Math.floor(at / stepMs));
    if (!sum) continue;
    if (FAILURES.includes(outcome)) sum.failed += n;
    if (outcome !== 'succeeded') continue;
    sum.succeeded += n;
    sum.runMs += runMs;
  }
  const all = [...sums.values()];
  return {
    step_sec: stepMs / 1000,
    at: steps.map((step) => (step * stepMs) / 1000),
    succeeded: all.map(({ succeeded }) => succeeded),
    failed: all.map(({ failed }) => failed),
    duration_ms: all.map(({ runMs, succeeded }) => (succeeded === 0 ? null : Math.round(runMs / succeeded))),
  };
}
