// `why`: each reason that a job can wait for, and each way that it can have ended.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import { Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const why = async (id: string) => JSON.parse(await sandbox.must('why', id, '--json'));
const enqueue = async (...words: string[]) => (await sandbox.must('enqueue', ...words)).trim();

test('a job that waits', async () => {
  const nobody = await enqueue('--queue', 'builds', '--', 'true');
  expect(await why(nobody)).toMatchObject({ code: 'no_worker', command: 'queuectl worker start --queue builds' });
  const later = await enqueue('--delay', '2h', '--', 'true');
  expect(await why(later)).toMatchObject({ code: 'not_due', next_run_at: expect.stringContaining('T') });
  expect(await sandbox.must('why', later)).toMatch(/^job \d+ is not due yet; due in 1 h 59 m/);

  await sandbox.must('worker', 'start', '--queue', 'default');
  const running = await enqueue('--', 'sleep', '60');
  await until('its start', async () => (await why(running)).code === 'running');
  const behind = await enqueue('--', 'true');
  expect(await why(behind)).toMatchObject({ code: 'all_slots_busy' });
  await sandbox.must('cancel', running);
  expect(await sandbox.ended(running)).toBeDefined();
  expect(await why(running)).toMatchObject({ code: 'cancelled', command: `queuectl retry ${running}` });
  await sandbox.ended(behind);
  expect(await why(behind)).toMatchObject({ code: 'completed', command: `queuectl logs ${behind}` });
});

test('a job that is held back', async () => {
  const id = await enqueue('--', 'true');
  await sandbox.must('hold', id);
  expect(await sandbox.must('why', id)).toMatch(/^job 1 is held back by \S+@\S+\n {2}queuectl release 1\n$/);
});

test('a job that failed, for now and for good', async () => {
  await sandbox.must('worker', 'start');
  const retried = await enqueue('--backoff-base', '100', '--', 'false');
  const dead = await enqueue('--max-retries', '0', '--', 'sh', '-c', 'exit 3');
  await sandbox.job(retried, ({ state }) => state === 'failed');
  const waiting = await why(retried);
  expect(waiting).toMatchObject({ code: 'backoff', command: `queuectl update ${retried} --delay 0` });
  expect(waiting.sentence).toContain('failure 1 was exit 1');
  await sandbox.ended(dead);
  expect(await why(dead)).toMatchObject({ code: 'dead', command: `queuectl dlq retry ${dead}` });
  expect(await sandbox.must('why', dead)).toContain('failed for good: exit 3');
});

test('a job whose type no worker knows names the plugin that is missing', async () => {
  const types = `export default () => [{ name: 'strange', load: async () => ({ parse: (x) => x, run() {} }) }];`;
  linkPlugin(sandbox, 'queuectl-plugin-strange', types);
  const id = await enqueue('--type', 'strange');
  writeFileSync(join(sandbox.folder, '.local', 'share', 'queuectl', 'package.json'), '{"oclif":{"plugins":[]}}');
  await sandbox.must('worker', 'start');
  const answer = await why(id);
  expect(answer).toMatchObject({
    code: 'no_worker_for_type',
    command: 'queuectl plugins install queuectl-plugin-strange',
  });
  expect(answer.sentence).toContain('plugin queuectl-plugin-strange 1.2.3');
  linkPlugin(sandbox, 'queuectl-plugin-strange', types);
  await enqueue('--type', 'strange'); // whoever enqueues wakes the workers
  expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
});

test('no such job', async () => {
  expect((await sandbox.run('why', 'nope')).code).toBe(3);
});
