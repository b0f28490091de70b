// Runs the handler as a worker would, without a queue.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runJob } from 'queuectl/testing';
import jobTypes from '../src/job-types.js';

const [type] = await jobTypes({ api: 1 });

test('greets, says how far it is, and returns a result', async () => {
  const run = await runJob(type, { name: 'Ada', times: 2 });
  assert.equal(run.outcome, 'succeeded');
  assert.equal(run.log, 'Hello, Ada!\nHello, Ada!\n');
  assert.deepEqual(run.progress, [0.5, 1]);
  assert.deepEqual(run.result, { greeted: 'Ada', times: 2 });
});

test('refuses a payload without a name', async () => {
  await assert.rejects(runJob(type, {}), /name takes a text/);
});

test('ends when it is told to', async () => {
  const run = await runJob(type, { name: 'Ada' }, { signal: AbortSignal.abort() });
  assert.equal(run.outcome, 'failed');
  assert.equal(run.log.includes('Hello'), false);
});
