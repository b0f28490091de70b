// Starting and stopping workers: what happens to the jobs that they run.
import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, isAlive, ON_SERVER, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const started = (id: string) => until(`${id} to start`, () => sandbox.entries().some((line) => line.startsWith(id)));

test('F39 worker start returns when the workers are ready; the same again changes nothing', async () => {
  await sandbox.must('worker', 'start', '--count', '2');
  const pids = await sandbox.workerPids();
  expect(pids).toHaveLength(2);
  const again = await sandbox.run('worker', 'start', '--count', '2');
  expect(again).toMatchObject({ code: 0 });
  expect(again.stderr).toContain('worker-1 runs already');
  expect(await sandbox.workerPids()).toEqual(pids);
});

test('F39 several worker starts of one pool at once all succeed, and it has its size', async () => {
  const all = await Promise.all([1, 2, 3, 4].map(() => sandbox.run('worker', 'start', '--count', '2')));
  for (const { code, stderr } of all) expect({ code, stderr }).toMatchObject({ code: 0 });
  const lines = all.flatMap(({ stderr }) => stderr.trim().split('\n'));
  expect(lines.filter((line) => / ready \(pid \d+\)$/.test(line))).toHaveLength(2);
  expect(lines.filter((line) => / runs already \(pid \d+\)$/.test(line))).toHaveLength(6);
  const { workers } = JSON.parse(await sandbox.must('worker', 'list', '--json'));
  expect(workers).toHaveLength(2);
});

test('worker start with another count grows and shrinks the pool', async () => {
  await sandbox.must('worker', 'start');
  const [first] = await sandbox.workerPids();
  await sandbox.must('worker', 'start', '--count', '3');
  expect(await sandbox.workerPids()).toHaveLength(3);
  await sandbox.must('worker', 'start', '--count', '1');
  expect(await sandbox.workerPids()).toEqual([first]);
});

test('worker stop lets the running job end, and takes no new one', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'running', command: sandbox.ledgered('sleep 4') }, { id: 'next', argv: ['true'] });
  await started('running');
  await sandbox.must('worker', 'stop');
  const queue = await sandbox.queue();
  expect(await queue.job('running')).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await queue.job('next')).toMatchObject({ state: 'pending', attempt: 0 });
  expect(await sandbox.workerPids()).toEqual([]);
});

test('worker stop --timeout ends what still runs and gives it back without spending a retry', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'endless', command: sandbox.ledgered('sleep 600') });
  await started('endless');
  const { code, stderr } = await sandbox.run('worker', 'stop', '--timeout', '0.3s');
  expect(code).toBe(0);
  expect(stderr).toContain('worker-1 stopped; gave back endless');
  const queue = await sandbox.queue();
  expect(await queue.job('endless')).toMatchObject({ state: 'pending', failures: 0, crashes: 0, attempt: 1 });
  expect((await queue.details('endless')).attempts).toMatchObject([{ outcome: 'released' }]);
});

test('F35 stop is immediate while jobs wait for their retry, and their time is kept', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'waits', command: 'exit 1', backoff_base: 1000 });
  const before = await sandbox.job('waits', ({ state }) => state === 'failed');
  await sandbox.must('worker', 'stop');
  expect(await (await sandbox.queue()).job('waits')).toMatchObject({ state: 'failed', wakeAt: before.wakeAt });
});

test('F40 worker stop on a worker that is gone says so, exits 0 and signals nothing', async () => {
  await sandbox.must('worker', 'start');
  const [pid] = await sandbox.workerPids();
  process.kill(pid!, 'SIGKILL');
  await until('the worker to be gone', () => !isAlive(pid!));
  const { code, stderr } = await sandbox.run('worker', 'stop');
  expect(code).toBe(0);
  expect(stderr).toContain('worker-1 was gone already');
  expect(await sandbox.workerPids()).toEqual([]);
});

test('F17 a process that was given the pid of a dead worker is not signalled', async () => {
  await sandbox.must('worker', 'start');
  const [pid] = await sandbox.workerPids();
  process.kill(pid!, 'SIGKILL');
  await until('the worker to be gone', () => !isAlive(pid!));
  const stranger = spawn('sleep', ['600']);
  try {
    const { kysely } = (await sandbox.queue()).database;
    await kysely.updateTable('workers').set({ pid: stranger.pid! }).execute();
    for (const flags of [[], ['--now'], ['--leave']]) {
      await kysely.updateTable('workers').set({ ended_at: null, stop: null }).execute();
      const { code, stderr } = await sandbox.run('worker', 'stop', ...flags);
      expect({ code, stderr }).toEqual({ code: 0, stderr: `worker-1 was gone already (pid ${stranger.pid})\n` });
    }
    expect(isAlive(stranger.pid!)).toBe(true);
  } finally {
    stranger.kill('SIGKILL');
  }
});

test('worker stop without workers says so', async () => {
  expect(await sandbox.run('worker', 'stop')).toMatchObject({ code: 0, stderr: 'no worker runs on this host\n' });
  const { code, stderr } = await sandbox.run('worker', 'stop', 'worker-9');
  expect(code).toBe(2);
  expect(stderr).toContain('no such worker: worker-9');
});

function foreground(...args: string[]): { child: ChildProcess; said: () => string; end: ReturnType<typeof ended> } {
  const child = sandbox.start(['worker', 'start', '--foreground', ...args]);
  let text = '';
  child.stdout!.on('data', (chunk) => (text += chunk));
  return { child, said: () => text, end: ended(child) };
}

test('F32 the foreground tells what it does, and drains on Ctrl-C', async () => {
  const { child, said, end } = foreground('--count', '2');
  await sandbox.enqueue({ id: 'job1', command: sandbox.ledgered('sleep 1') });
  await started('job1');
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: 0 });
  expect(said()).toMatch(/worker-[12] started job job1 \(attempt 1\)/);
  expect(said()).toMatch(/worker-[12] ended job job1 \(attempt 1\): completed/);
  expect(await (await sandbox.queue()).job('job1')).toMatchObject({ state: 'completed' });
});

test('F33 a second Ctrl-C ends the jobs and gives them back', async () => {
  const { child, said, end } = foreground();
  await sandbox.enqueue({ id: 'job1', command: sandbox.ledgered('sleep 600') });
  await started('job1');
  child.kill('SIGINT');
  await until('it to drain', () => said().includes('stopping after the running jobs'));
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: 0 });
  expect(await (await sandbox.queue()).job('job1')).toMatchObject({ state: 'pending', failures: 0, crashes: 0 });
});

test('F33 a third Ctrl-C does so at once, also when the job is deaf', async () => {
  await (await sandbox.queue()).setSetting('kill_grace_sec', '3600');
  const { child, said, end } = foreground();
  await sandbox.enqueue({ id: 'deaf', command: `trap '' TERM; ${sandbox.ledgered('while :; do sleep 0.1; done')}` });
  await started('deaf');
  child.kill('SIGINT');
  await until('it to drain', () => said().includes('stopping after the running jobs'));
  child.kill('SIGINT');
  await until('it to release', () => said().includes('giving them back'));
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: 0 });
  expect(await (await sandbox.queue()).job('deaf')).toMatchObject({ state: 'pending', failures: 0 });
});

test('F34 a foreground worker whose terminal closes drains', async () => {
  const { child, end } = foreground();
  await sandbox.enqueue({ id: 'job1', command: sandbox.ledgered('sleep 0.5') });
  await started('job1');
  child.stdout!.destroy();
  child.stderr!.destroy();
  child.kill('SIGHUP');
  expect(await end).toMatchObject({ code: 0 });
  expect(await (await sandbox.queue()).job('job1')).toMatchObject({ state: 'completed' });
});

test('the workers of a killed supervisor drain, and a dead worker is started again by a living one', async () => {
  const { child, said } = foreground();
  const [pid] = await until('the worker to be ready', async () => {
    const pids = await sandbox.workerPids();
    return said().includes('ready') && pids.length === 1 && pids;
  });
  process.kill(pid!, 'SIGKILL');
  const [second] = await until('another one to be ready', async () => {
    const pids = await sandbox.workerPids();
    return pids.length === 1 && pids[0] !== pid && pids;
  });
  child.kill('SIGKILL');
  await until('its worker to end by itself', () => !isAlive(second!));
});

test.skipIf(ON_SERVER)('a worker ends when its database is removed or replaced under it', async () => {
  await (await sandbox.queue()).setSetting('lease_sec', '5'); // it looks six times a lease
  await sandbox.must('worker', 'start');
  const [pid] = await sandbox.workerPids();
  renameSync(sandbox.db, `${sandbox.db}.moved`);
  await until('the worker to end', () => !isAlive(pid!));
  renameSync(`${sandbox.db}.moved`, sandbox.db);
});
