// The ways to put a job into the queue.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const shown = async (id: string) => JSON.parse(await sandbox.must('show', id, '--json'));

test('JSON on standard input', async () => {
  const stdin = '{"command":"echo hi","priority":3}\n';
  expect(await sandbox.runWith({ stdin }, 'enqueue', '-')).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  expect(await shown('1')).toMatchObject({ command: 'echo hi', priority: 3 });
  const byFlag = await sandbox.runWith({ stdin }, 'enqueue', '--id', 'x', '--json', '-');
  expect(JSON.parse(byFlag.stdout)).toEqual({ id: 'x', queue: 'default' });
});

test('standard input is read only when it is asked for', async () => {
  const script = `printf '1\\n2\\n3\\n' | while read n; do "$NODE" "$BIN" enqueue -- echo "$n"; done`;
  const env = sandbox.env({ NODE: process.execPath, BIN: join(import.meta.dirname, '../../bin/run.js') });
  expect(spawnSync('sh', ['-c', script], { env, encoding: 'utf8' }).stdout).toBe('1\n2\n3\n');
});

test('a script runs from where it was enqueued, by its absolute path', async () => {
  const folder = join(sandbox.folder, 'project');
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  writeFileSync(join(folder, 'scripts/task.py'), 'import os\nprint(os.getcwd())\n');
  await sandbox.runWith({ cwd: folder }, 'enqueue', '--id', 'task', '--file', 'scripts/task.py');
  expect((await shown('task')).payload).toEqual({ argv: ['python3', join(folder, 'scripts/task.py')] });
  await sandbox.must('worker', 'start');
  await sandbox.ended('task');
  expect(await sandbox.must('logs', 'task')).toBe(`${folder}\n`);
});

test('variables and folder reach the job', async () => {
  const env = { HERE: 'here', HIDDEN: 'hidden' };
  const command = 'echo "$A,$HERE,$HIDDEN,$PWD"';
  const flags = ['--env', 'A=1', '--env', 'HERE', '--cwd', '/tmp'];
  await sandbox.runWith({ env }, 'enqueue', '--id', 'some', ...flags, JSON.stringify({ command }));
  await sandbox.runWith({ env }, 'enqueue', '--id', 'all', '--env-mode', 'all', JSON.stringify({ command }));
  await sandbox.must('worker', 'start');
  for (const id of ['some', 'all']) await sandbox.ended(id);
  expect(await sandbox.must('logs', 'some')).toBe('1,here,,/tmp\n');
  expect(await sandbox.must('logs', 'all')).toBe(`,here,hidden,${sandbox.folder}\n`);
});

test('words after -- are not looked at', async () => {
  await sandbox.must('enqueue', '--id', 'x', '--', 'cmd', '--queue', 'z', '--id', 'y', '--json', '--', '-h');
  expect(await shown('x')).toMatchObject({
    queue: 'default',
    payload: { argv: ['cmd', '--queue', 'z', '--id', 'y', '--json', '--', '-h'] },
  });
});

test('a delay and a time', async () => {
  await sandbox.must('enqueue', '{"id":"delayed","command":"echo x","run_at":"2100-12-01T10:00:00Z"}');
  await sandbox.must('enqueue', '--id', 'soon', '--delay', '5m', '--timeout', '90s', '--', 'true');
  expect(await shown('delayed')).toMatchObject({ state: 'pending', next_run_at: '2100-12-01T10:00:00.000Z' });
  expect(await shown('soon')).toMatchObject({ state: 'pending', timeout_sec: 90 });
});
