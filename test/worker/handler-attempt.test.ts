// One run of a handler in the worker's own process: what is told of its output, and what it means to be asked to end late.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { JobContext } from '../../src/job/job-type.js';
import { QueueFiles } from '../../src/storage/files.js';
import type { AttemptPlan } from '../../src/worker/attempt.js';
import { HandlerAttempt } from '../../src/worker/handler-attempt.js';
import { OutputWatch } from '../../src/worker/output-watch.js';
import { until } from '../sandbox.js';

const steps = { find: async () => undefined, save: async () => {} };
const job = { id: '1', queue: 'default', type: 'shell', priority: 0, createdAt: 0, cwd: null, env: {} };

function attempt(folder: string, run: (payload: unknown, context: JobContext) => unknown, graceMs = 60_000) {
  const stuck: string[] = [];
  const names = { id: '1', queue: 'default', type: 'shell', mark: 'mark' };
  const files = new QueueFiles(folder).attempt(1, 1);
  const plan: AttemptPlan = {
    ...{ ...names, job: 1, attempt: 1, waitMs: 0, ranMs: 0, timeoutMs: null, graceMs, files, split: false },
  };
  const services = {
    watch: new OutputWatch(
      () => [],
      () => 1_000_000,
      () => {},
    ),
    ports: { progress: () => {}, steps },
    accept: async () => [],
    stuck: () => stuck.push('stuck'),
  };
  return { one: new HandlerAttempt(plan, { parse: (input) => input, run }, job, {}, services), stuck };
}

test('F16 an output that cannot be kept is told of its own attempt, and of no other', async () => {
  const { one } = attempt('/nonexistent/folder', (_payload, { log }) => log('lost'));
  const { ending } = await one.run();
  expect(ending).toMatchObject({ outcome: 'succeeded', detail: expect.stringContaining('not kept') });
  const { one: other } = attempt('/nonexistent/folder', () => 1);
  expect((await other.run()).ending.detail ?? null).toBeNull();
});

test('one that is asked to end when it has ended keeps nobody waiting', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { one, stuck } = attempt(folder, () => 'done', 1);
  const running = one.run();
  await running;
  one.end({ outcome: 'cancelled', cause: 'cancelled' });
  const { one: deaf, stuck: reallyStuck } = attempt(folder, () => new Promise(() => {}), 1);
  void deaf.run();
  deaf.end({ outcome: 'cancelled', cause: 'cancelled' });
  await until('the deaf one to be found stuck', () => reallyStuck.length === 1);
  expect(stuck).toEqual([]);
});
