// What happens to a job when an attempt ends, as one table.
import { expect, test } from 'vitest';
import type { Ending, JobState, Outcome } from '../../src/job/job.js';
import { next, type Policy } from '../../src/job/lifecycle.js';

const policy: Policy = { maxRetries: 3, maxCrashes: 3, backoff: { base: 2, maxMs: 86_400_000, jitter: 0 } };

interface Row {
  outcome: Outcome;
  failures: number;
  crashes?: number;
  more?: Partial<Ending>;
  becomes: JobState;
  delayMs: number | null;
  failuresAfter: number;
  crashesAfter?: number;
  counted?: boolean;
}

// biome-ignore format: a table reads by its columns
const table: Row[] = [
  { outcome: 'succeeded', failures: 0, becomes: 'completed', delayMs: null, failuresAfter: 0 },
  { outcome: 'succeeded', failures: 3, crashes: 2, becomes: 'completed', delayMs: null, failuresAfter: 3 },
  { outcome: 'failed', failures: 0, becomes: 'failed', delayMs: 2000, failuresAfter: 1, counted: true },
  { outcome: 'failed', failures: 1, becomes: 'failed', delayMs: 4000, failuresAfter: 2, counted: true },
  { outcome: 'failed', failures: 2, becomes: 'failed', delayMs: 8000, failuresAfter: 3, counted: true },
  { outcome: 'failed', failures: 3, becomes: 'dead', delayMs: null, failuresAfter: 4, counted: true },
  { outcome: 'timed_out', failures: 0, becomes: 'failed', delayMs: 2000, failuresAfter: 1, counted: true },
  { outcome: 'timed_out', failures: 3, becomes: 'dead', delayMs: null, failuresAfter: 4, counted: true },
  { outcome: 'failed', failures: 0, more: { final: true }, becomes: 'dead', delayMs: null, failuresAfter: 1, counted: true },
  { outcome: 'timed_out', failures: 0, more: { final: true }, becomes: 'dead', delayMs: null, failuresAfter: 1, counted: true },
  { outcome: 'failed', failures: 0, more: { retryAfterMs: 90_000 }, becomes: 'failed', delayMs: 90_000, failuresAfter: 1, counted: true },
  { outcome: 'failed', failures: 1, more: { retryAfterMs: 0 }, becomes: 'failed', delayMs: 0, failuresAfter: 2, counted: true },
  { outcome: 'failed', failures: 3, more: { retryAfterMs: 90_000 }, becomes: 'dead', delayMs: null, failuresAfter: 4, counted: true },
  { outcome: 'failed', failures: 0, more: { final: true, retryAfterMs: 9 }, becomes: 'dead', delayMs: null, failuresAfter: 1, counted: true },
  { outcome: 'failed', failures: 0, crashes: 3, becomes: 'failed', delayMs: 2000, failuresAfter: 1, counted: true },
  { outcome: 'cancelled', failures: 0, becomes: 'cancelled', delayMs: null, failuresAfter: 0 },
  { outcome: 'cancelled', failures: 3, crashes: 3, becomes: 'cancelled', delayMs: null, failuresAfter: 3 },
  { outcome: 'released', failures: 0, becomes: 'pending', delayMs: null, failuresAfter: 0 },
  { outcome: 'released', failures: 3, crashes: 3, becomes: 'pending', delayMs: null, failuresAfter: 3 },
  { outcome: 'lost', failures: 0, crashes: 0, becomes: 'pending', delayMs: null, failuresAfter: 0, crashesAfter: 1 },
  { outcome: 'lost', failures: 3, crashes: 2, becomes: 'pending', delayMs: null, failuresAfter: 3, crashesAfter: 3 },
  { outcome: 'lost', failures: 0, crashes: 3, becomes: 'dead', delayMs: null, failuresAfter: 0, crashesAfter: 4 },
];

for (const row of table) {
  const { outcome, failures, crashes = 0, more = {}, becomes, delayMs, failuresAfter, counted = false } = row;
  const wish = Object.keys(more).length > 0 ? ` and says ${JSON.stringify(more)}` : '';
  test(`an attempt that ${outcome} after ${failures} failures and ${crashes} crashes${wish} leaves the job ${becomes}`, () => {
    const after = next({ failures, crashes }, { outcome, cause: 'exit:3', ...more }, policy, 0.5);
    expect(after).toEqual({
      state: becomes,
      delayMs,
      failures: failuresAfter,
      crashes: row.crashesAfter ?? crashes,
      counted,
      cause: 'exit:3',
    });
  });
}

test('max_retries 0 means one attempt', () => {
  const after = next(
    { failures: 0, crashes: 0 },
    { outcome: 'failed', cause: 'exit:1' },
    { ...policy, maxRetries: 0 },
    0,
  );
  expect(after.state).toBe('dead');
});

test('max_crashes 0 means that the first lost attempt sends the job to the DLQ', () => {
  const after = next(
    { failures: 0, crashes: 0 },
    { outcome: 'lost', cause: 'worker_lost' },
    { ...policy, maxCrashes: 0 },
    0,
  );
  expect(after).toMatchObject({ state: 'dead', cause: 'worker_lost', failures: 0 });
});

test.each([
  [1.4, 1],
  [-5, 0],
  [1e300, 100 * 365 * 86_400_000],
  [Number.NaN, 2000],
  [Number.POSITIVE_INFINITY, 2000],
])('a handler that asks for a retry after %d ms gets a whole, possible delay', (retryAfterMs, delayMs) => {
  const ending: Ending = { outcome: 'failed', cause: 'error:Odd', retryAfterMs };
  expect(next({ failures: 0, crashes: 0 }, ending, policy, 0).delayMs).toBe(delayMs);
});

test.each([
  ['failed', 'cancelled'],
  ['timed_out', 'cancelled'],
  ['lost', 'cancelled'],
  ['released', 'cancelled'],
  ['cancelled', 'cancelled'],
  ['succeeded', 'completed'],
] as const)('an attempt that %s after somebody asked to cancel the job leaves it %s', (outcome, state) => {
  const after = next({ failures: 0, crashes: 0 }, { outcome, cause: null }, policy, 0.5, true);
  expect(after).toMatchObject({ state, delayMs: null });
});

test('a cancelled job that has failed for good by itself is dead', () => {
  const after = next({ failures: 3, crashes: 0 }, { outcome: 'failed', cause: 'exit:3' }, policy, 0.5, true);
  expect(after).toMatchObject({ state: 'dead', cause: 'exit:3' });
});

test('one that a signal ended is cancelled: a worker that dies while it cancels cannot say more', () => {
  const ending: Ending = { outcome: 'failed', cause: 'signal:SIGTERM', signal: 'SIGTERM' };
  expect(next({ failures: 3, crashes: 0 }, ending, policy, 0.5, true)).toMatchObject({ state: 'cancelled' });
  expect(next({ failures: 3, crashes: 0 }, ending, policy, 0.5)).toMatchObject({ state: 'dead' });
});
