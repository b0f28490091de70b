// Settings as users see and change them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ON_SERVER, Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

test('set, get, show, unset', async () => {
  expect(await sandbox.must('config', 'get', 'max_retries')).toBe('3\n');
  expect(await sandbox.run('config', 'set', 'max_retries', '1')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'max_retries is now 1\n',
  });
  expect(await sandbox.must('config', 'get', 'max-retries')).toBe('1\n');
  expect(await sandbox.must('config', 'show')).toMatch(
    /^setting +value +from +meaning\nmax_retries +1 +stored +retries/,
  );
  expect(JSON.parse(await sandbox.must('config', 'unset', 'max_retries', '--json'))).toMatchObject({ value: 3 });
});

test('the environment wins, and set says so', async () => {
  const env = { QUEUECTL_LOG_LEVEL: 'warn' };
  const { stderr } = await sandbox.runWith({ env }, 'config', 'set', 'log_level', 'debug');
  expect(stderr).toBe('log_level is now debug\nhere QUEUECTL_LOG_LEVEL overrides it with warn\n');
  expect((await sandbox.runWith({ env }, 'config', 'get', 'log_level')).stdout).toBe('warn\n');
  expect(await sandbox.must('config', 'get', 'log_level')).toBe('debug\n');
});

test.skipIf(ON_SERVER)('db init and initdb create the queue and say where it is', async () => {
  expect(await sandbox.run('db', 'init')).toEqual({ code: 0, stdout: `${sandbox.db}\n`, stderr: '' });
  expect(await sandbox.run('initdb')).toMatchObject({ code: 0, stderr: 'the queue is there already\n' });
  expect(JSON.parse(await sandbox.must('initdb', '--json'))).toEqual({ location: sandbox.db, created: false });
});
