// What people are used to type, typed as they type it, does what they expect.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

async function json(...args: string[]) {
  return JSON.parse(await sandbox.must(...args, '--json'));
}

const ids = (document: { jobs: { id: string }[] }) => document.jobs.map((job) => job.id);

test('enqueue takes a JSON job as its argument, also behind --json', async () => {
  expect(await sandbox.must('enqueue', '{"id":"job1","command":"sleep 2"}')).toBe('job1\n');
  expect(JSON.parse(await sandbox.must('enqueue', '--json', '{"id":"job2","command":"echo success"}'))).toEqual({
    id: 'job2',
    queue: 'default',
  });
  expect(await sandbox.must('enqueue', `--json={"id":"job3","command":"true"}`)).toContain('job3');
  expect(ids(await json('list'))).toEqual(['job1', 'job2', 'job3']);
});

test('enqueue --file runs a script from where it was enqueued', async () => {
  mkdirSync(join(sandbox.folder, 'scripts'));
  writeFileSync(join(sandbox.folder, 'scripts/task.py'), 'import os\nprint("from", os.getcwd())\n');
  writeFileSync(join(sandbox.folder, 'scripts/own'), '#!/bin/sh -e\necho "by its own line, $0"\n');
  const byExtension = (await sandbox.must('enqueue', '--file', 'scripts/task.py')).trim();
  const byLine = (await sandbox.must('enqueue', '--file', 'scripts/own')).trim();
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended(byExtension)).toMatchObject({ state: 'completed' });
  expect(await sandbox.must('logs', byExtension)).toBe(`from ${sandbox.folder}\n`);
  expect(await sandbox.ended(byLine)).toMatchObject({ state: 'completed' });
  expect(await sandbox.must('logs', byLine)).toBe(`by its own line, ${join(sandbox.folder, 'scripts/own')}\n`);
});

test('run_at holds a job back, timeout_sec ends one', async () => {
  const year = new Date().getUTCFullYear() + 1;
  await sandbox.must('enqueue', `{"id":"delayed","command":"echo x","run_at":"${year}-12-01T10:00:00Z"}`);
  await sandbox.must('enqueue', '{"id":"t","command":"sleep 70","timeout_sec":1,"max_retries":0}');
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('t')).toMatchObject({ state: 'dead', cause: 'timeout' });
  expect(await sandbox.must('show', 't')).toContain('timed out');
  const delayed = await json('show', 'delayed');
  expect(delayed).toMatchObject({ state: 'pending', attempt: 0, run_at: `${year}-12-01T10:00:00.000Z` });
});

test('worker start --count 2 starts two workers, and worker stop stops both after their jobs', async () => {
  await sandbox.must('worker', 'start', '--count', '2');
  await sandbox.must('enqueue', '{"id":"job1","command":"sleep 1"}');
  await sandbox.job('job1', ({ state }) => state === 'processing');
  await sandbox.must('worker', 'stop');
  expect(await json('show', 'job1')).toMatchObject({ state: 'completed' });
  expect((await json('worker', 'list')).workers).toEqual([]);
});

test('worker start --foreground stops gracefully at Ctrl-C', async () => {
  const child = sandbox.start(['worker', 'start', '--count', '2', '--foreground']);
  const end = ended(child);
  await sandbox.must('enqueue', '{"id":"job1","command":"sleep 1"}');
  await sandbox.job('job1', ({ state }) => state === 'processing');
  child.kill('SIGINT');
  const { code, stdout } = await end;
  expect(code).toBe(0);
  expect(stdout).toMatch(/worker-[12] started job job1 \(attempt 1\)/);
  expect(await json('show', 'job1')).toMatchObject({ state: 'completed' });
});

test('status shows every state, the DLQ, the average duration and the workers', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.must('enqueue', '{"id":"job1","command":"true"}');
  await sandbox.ended('job1');
  const text = await sandbox.must('status');
  for (const word of ['pending 0', 'processing 0', 'completed 1', 'failed 0', 'dead 0', 'dlq', 'average', 'worker-1']) {
    expect(text).toContain(word);
  }
});

describe('list --state', () => {
  test.each(['pending', 'completed', 'processed', 'failed', 'dead'])('%s is that list', async (state) => {
    await sandbox.must('worker', 'start');
    await sandbox.must('enqueue', '{"id":"good","command":"true"}');
    await sandbox.must('enqueue', '{"id":"bad","command":"false","max_retries":0}');
    await sandbox.must('enqueue', '{"id":"again","command":"false","backoff_base":1000}');
    await sandbox.must('enqueue', '{"id":"later","command":"true","delay":"1h"}');
    await sandbox.job('again', (job) => job.state === 'failed');
    const expected = { pending: 'later', completed: 'good', processed: 'good', failed: 'again', dead: 'bad' }[state];
    expect(ids(await json('list', '--state', state))).toEqual([expected]);
    expect(await sandbox.must('list', '--state', state)).toContain(expected);
  });
});

test('a job that failed for good stands in the DLQ with its reason, and dlq retry runs it again', async () => {
  await sandbox.must('config', 'set', 'max_retries', '1');
  await sandbox.must('config', 'set', 'backoff_base', '0.2');
  await sandbox.must('worker', 'start');
  const flag = join(sandbox.folder, 'mended');
  await sandbox.must('enqueue', `{"id":"job_fail_test","command":"test -e ${flag}"}`);
  expect(await sandbox.ended('job_fail_test')).toMatchObject({ state: 'dead', attempt: 2, failures: 2 });
  const listed = await sandbox.must('dlq', 'list');
  for (const word of ['job_fail_test', `test -e ${flag}`, 'exit 1']) expect(listed).toContain(word);
  writeFileSync(flag, '');
  await sandbox.must('dlq', 'retry', 'job_fail_test');
  expect(await sandbox.ended('job_fail_test')).toMatchObject({ state: 'completed', attempt: 3, failures: 0 });
  expect(ids(await json('dlq', 'list'))).toEqual([]);
});

test('an unknown command is retried, then dead, with the cause that it was not found', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.must('enqueue', '{"id":"job3","command":"invalidcmd","max_retries":1,"backoff_base":0.2}');
  expect(await sandbox.ended('job3')).toMatchObject({ state: 'dead', attempt: 2, cause: 'not_found' });
  expect(await sandbox.must('dlq', 'list')).toContain('command not found');
});

test('config shows and changes settings, and running workers take them up', async () => {
  await sandbox.must('worker', 'start');
  expect(await sandbox.must('config', 'show')).toMatch(/max_retries\s+3/);
  expect((await sandbox.must('config', 'get', 'backoff_base')).trim()).toBe('2');
  await sandbox.must('config', 'set', 'worker_poll_interval', '1');
  await sandbox.must('config', 'set', 'log_level', 'debug');
  expect((await sandbox.must('config', 'get', 'worker_poll_interval')).trim()).toBe('1');
  const { logs } = await json('worker', 'list');
  await until('the worker to log what it debugs', async () => {
    await sandbox.must('enqueue', '{"command":"echo seen"}');
    return readFileSync(join(logs, 'worker-1.log'), 'utf8').includes('echo seen');
  });
});

test('initdb creates the queue, twice without harm, and is never required', async () => {
  await sandbox.must('initdb');
  await sandbox.must('enqueue', '{"id":"job1","command":"true"}');
  await sandbox.must('initdb');
  expect(ids(await json('list'))).toEqual(['job1']);
  const other = join(sandbox.folder, 'deeper', 'other.db');
  expect(await sandbox.must('status', '--db', other)).toContain('pending 0');
});

test('nothing of all this is lost when the workers are killed and started again', async () => {
  await sandbox.must('worker', 'start', '--count', '2');
  const names = Array.from({ length: 30 }, (_, index) => `job${index}`);
  await sandbox.enqueue(...names.map((id) => ({ id, command: sandbox.ledgered('sleep 0.1') })));
  for (let round = 0; round < 3; round++) {
    await until('some jobs to have run', () => sandbox.entries().length >= (round + 1) * 8);
    for (const pid of await sandbox.workerPids()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // killed in an earlier round: its row stands until somebody looks
      }
    }
    await sandbox.must('worker', 'start', '--count', '2');
  }
  // An attempt that was claimed but not started counts as lost; whatever started ran to its end, once.
  for (const id of names) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', failures: 0 });
  for (const what of ['start', 'end']) {
    const told = sandbox.entries().filter((line) => line.endsWith(what));
    expect(told.map((line) => line.split(' ')[0]).sort()).toEqual([...names].sort());
  }
});
