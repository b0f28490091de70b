// The figures that status and metrics show.
import { expect, test } from 'vitest';
import { exit3, lost, ok } from '../storage/backend.js';
import { claim, enqueue, newWorkerOf, run, temporaryQueue } from './temporary-queue.js';

test('an empty queue shows zeros and no average', async () => {
  const { queue } = await temporaryQueue();
  const metrics = await queue.metrics();
  expect(metrics).toMatchObject({ queues: [], workers: [], averageMs: null, p95Ms: null, throughputPerMinute: 0 });
  expect(Object.values(metrics.counts).every((n) => n === 0)).toBe(true);
});

test('jobs are counted by state, in all and by queue', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { queue: 'mail', priority: 3 }, { queue: 'mail', priority: 2 }, {}, {}, { delay: 60 });
  await run(queue, ok);
  await run(queue, exit3);
  await run(queue, { ...exit3, final: true });
  const { counts, queues } = await queue.overview();
  expect(counts).toMatchObject({ completed: 1, failed: 1, dead: 1, pending: 2, processing: 0 });
  expect(queues.map(({ name }) => name)).toEqual(['default', 'mail']);
  expect(queues[1]!.counts).toMatchObject({ completed: 1, failed: 1, pending: 0 });
});

test('each worker shows what it runs now', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'a' }, { id: 'b' }, { id: 'c' });
  const [first, second, idle] = [await newWorkerOf(queue), await newWorkerOf(queue), await newWorkerOf(queue)];
  await claim(queue, first, 2);
  await claim(queue, second, 1);
  const views = await queue.workerViews();
  const shown = Object.fromEntries(views.map(({ number, jobs }) => [number, jobs.map(({ id }) => id)]));
  expect(shown).toEqual({ [first]: ['a', 'b'], [second]: ['c'], [idle]: [] });
});

test('durations count attempts that succeeded; failures and losses are counted apart', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, ...Array.from({ length: 24 }, () => ({})));
  for (let i = 0; i < 19; i++) await run(queue, ok, 1, { runMs: 100, waitMs: 10 });
  await run(queue, ok, 1, { runMs: 60_000, waitMs: 10 });
  await run(queue, exit3, 1, { runMs: 5_000_000 });
  await run(queue, { outcome: 'timed_out', cause: 'timeout' }, 1, { runMs: 5_000_000 });
  await run(queue, lost, 1, { runMs: 5_000_000 });
  const metrics = await queue.metrics();
  expect(metrics).toMatchObject({ succeeded: 20, failedAttempts: 2, lostAttempts: 1, throughputPerMinute: 20 });
  expect(metrics.averageMs).toBe((19 * 100 + 60_000) / 20);
  expect(metrics.averageWaitMs).toBe(10);
  expect(metrics.p95Ms).toBeGreaterThanOrEqual(100);
  expect(metrics.p95Ms).toBeLessThan(100 * 1.2);
});

test('a quantile is at most a fifth above the truth, from a millisecond to a day', async () => {
  for (const runMs of [1, 17, 999, 60_000, 86_400_000]) {
    const { queue } = await temporaryQueue();
    await enqueue(queue, {});
    await run(queue, ok, 1, { runMs });
    const { p95Ms } = await queue.metrics();
    expect(p95Ms! / runMs).toBeGreaterThanOrEqual(0.99);
    expect(p95Ms! / runMs).toBeLessThan(1.2);
  }
});

test('after an hour the figures are forgotten, the counts are not', async () => {
  const { queue, advance } = await temporaryQueue();
  await enqueue(queue, {});
  await run(queue, ok);
  advance(61 * 60_000);
  expect(await queue.metrics()).toMatchObject({ succeeded: 0, averageMs: null, counts: { completed: 1 } });
});
