// The dead letter queue: looking at it, running its jobs again, emptying it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.must('worker', 'start');
});
afterAll(() => sandbox.remove());

beforeEach(async () => {
  await sandbox.run('dlq', 'purge', '--all', '--yes');
  await sandbox.enqueue(
    { id: 'a', command: 'exit 1', max_retries: 0 },
    { id: 'b', command: 'exit 2', max_retries: 0 },
    { id: 'c', command: 'exit 1', max_retries: 0 },
  );
  for (const id of ['a', 'b', 'c']) await sandbox.ended(id);
});

const dead = async () => (await sandbox.must('dlq', 'list', '--ids')).split('\n').filter(Boolean);

test('dlq list shows id, reason and command', async () => {
  expect(await sandbox.must('dlq', 'list', '--cause', 'exit:2')).toMatch(/^id .*\nb +dead .* exit 2 +exit 2\n$/);
  expect(await dead()).toEqual(['a', 'b', 'c']);
});

test('dlq show is for dead jobs only', async () => {
  expect(await sandbox.must('dlq', 'show', 'a')).toContain('attempt 1 failed');
  await sandbox.enqueue({ id: 'fine', command: 'true', delay: 3600 });
  expect((await sandbox.run('dlq', 'show', 'fine')).code).toBe(4);
});

test('dlq retry runs a job again under its id, with the next attempt number', async () => {
  expect(await sandbox.run('dlq', 'retry', 'a')).toEqual({ code: 0, stdout: '', stderr: '1 job will run again\n' });
  const job = await sandbox.job('a', ({ state, attempt }) => state === 'dead' && attempt === 2);
  expect(job.failures).toBe(1);
  expect(await sandbox.must('show', 'a')).toMatch(/retried by \S+@\S+, was dead/);
});

test('dlq retry by cause and all, each job once, even those that fail at once', async () => {
  expect(JSON.parse(await sandbox.must('dlq', 'retry', '--cause', 'exit:1', '--json'))).toMatchObject({
    changed: 2,
    left: 0,
  });
  for (const id of ['a', 'c']) await sandbox.job(id, ({ state, attempt }) => state === 'dead' && attempt === 2);
  expect(JSON.parse(await sandbox.must('dlq', 'retry', '--all', '--json'))).toMatchObject({ changed: 3 });
  await sandbox.job('b', ({ state, attempt }) => state === 'dead' && attempt === 2);
});

test('dlq retry of what is not dead changes nothing, not even for the others', async () => {
  const { code, stderr } = await sandbox.run('dlq', 'retry', 'a', 'nope');
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('no such job: nope') });
  expect(await dead()).toEqual(['a', 'b', 'c']);
});

test.each([
  ['retry', []],
  ['retry', ['a', '--all']],
  ['retry', ['--all', '--cause', 'exit:1']],
  ['purge', []],
  ['purge', ['a', '--all', '--yes']],
])('dlq %s %j says how it is used', async (command, args) => {
  expect((await sandbox.run('dlq', command, ...args)).code).toBe(2);
  expect(await dead()).toEqual(['a', 'b', 'c']);
});

test('dlq purge removes for good', async () => {
  expect(await sandbox.run('dlq', 'purge', 'a')).toEqual({ code: 0, stdout: '', stderr: '1 job removed\n' });
  expect((await sandbox.run('show', 'a')).code).toBe(3);
  expect(await dead()).toEqual(['b', 'c']);
});

test('dlq purge --all removes all of them, and asks only on a terminal', async () => {
  const dry = await sandbox.run('dlq', 'purge', '--all', '--dry-run');
  expect(dry).toMatchObject({ code: 0, stderr: '3 jobs would be removed\n' });
  expect(await dead()).toHaveLength(3);
  expect(JSON.parse(await sandbox.must('dlq', 'purge', '--all', '--json'))).toMatchObject({ changed: 3 });
  expect(await dead()).toEqual([]);
});

test('dlq list --by cause counts them', async () => {
  expect(JSON.parse(await sandbox.must('dlq', 'list', '--by', 'cause', '--json')).causes).toMatchObject([
    { cause: 'exit:1', reason: 'exit 1', count: 2 },
    { cause: 'exit:2', reason: 'exit 2', count: 1 },
  ]);
  expect(await sandbox.must('dlq', 'list', '--by', 'cause')).toMatch(/jobs +cause .*\n +2 +exit:1 +exit 1 /);
  expect((await sandbox.run('dlq', 'list', '--by', 'cause', '--where', 'priority>1')).code).toBe(2);
});
