// A pool keeps its size: workers that die are replaced by those that live, and workers that were stopped are not.
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WorkerInfo } from '../../src/storage/workers.js';
import { isAlive, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

async function workers(): Promise<WorkerInfo[]> {
  return (await (await sandbox.queue()).workers.living()).filter(({ pid }) => isAlive(pid));
}

async function pidOf(name: string): Promise<number> {
  return until(name, async () => (await workers()).find((worker) => worker.name === name)?.pid);
}

/** Their rows stand until a living worker has noticed. */
const killed = new Set<number>();

async function kill(...names: string[]): Promise<void> {
  for (const name of names) {
    const pid = await pidOf(name);
    killed.add(pid);
    process.kill(pid, 'SIGKILL');
  }
}

/** Ready ones, by name. */
async function whenReady(...names: string[]): Promise<WorkerInfo[]> {
  return until(`${names.join(', ')} to be ready`, async () => {
    const ready = (await workers()).filter(({ pid, readyAt }) => readyAt !== null && !killed.has(pid));
    return JSON.stringify(ready.map(({ name }) => name)) === JSON.stringify(names) && ready;
  });
}

/** How often a worker of this name was registered. */
async function registrations(name: string): Promise<number> {
  const { kysely } = (await sandbox.queue()).database;
  return (await kysely.selectFrom('workers').select('number').where('name', '=', name).execute()).length;
}

test('F01 workers that die are started again by those that live, each once', async () => {
  await sandbox.must('worker', 'start', '--count', '4', '--concurrency', '2', '--queue', 'mail,default');
  const before = await workers();
  await kill('worker-2', 'worker-3');
  const after = await whenReady('worker-1', 'worker-2', 'worker-3', 'worker-4');
  expect(after.map(({ pid }) => before.some((one) => one.pid === pid))).toEqual([true, false, false, true]);
  for (const worker of after) expect(worker).toMatchObject({ concurrency: 2, queues: ['mail', 'default'] });
  expect(await registrations('worker-2')).toBe(2);
  expect(await registrations('worker-3')).toBe(2);
  await sandbox.enqueue({ id: 'job', argv: ['true'] });
  expect(await sandbox.ended('job')).toMatchObject({ state: 'completed' });
});

test('F59 healing goes on through a series of deaths, and never passes the size of the pool', async () => {
  await sandbox.must('worker', 'start', '--count', '3');
  for (const name of ['worker-1', 'worker-2']) {
    const pid = await pidOf(name);
    process.kill(pid, 'SIGKILL');
    await until(`another ${name}`, async () => (await pidOf(name)) !== pid);
    expect((await workers()).length).toBeLessThanOrEqual(3);
  }
  await whenReady('worker-1', 'worker-2', 'worker-3');
});

test('worker stop ends the pool: a worker that died meanwhile does not come back', async () => {
  await sandbox.must('worker', 'start', '--count', '3');
  await sandbox.enqueue({ id: 'running', command: sandbox.ledgered('sleep 3') });
  await until('the job to start', () => sandbox.entries().length === 1);
  const stop = sandbox.run('worker', 'stop');
  const queue = await sandbox.queue();
  const busy = await until('a worker that drains', async () => {
    const all = await queue.workerViews();
    return all.length === 1 && all[0]!.state === 'stopping' && all[0];
  });
  process.kill(busy.pid, 'SIGKILL'); // while it was finishing its job
  expect(await stop).toMatchObject({ code: 0 });
  expect(await workers()).toEqual([]);
  // One that somebody had just been starting finds the pool stopped.
  const db = queue.database.address;
  const late = { db, pool: 'default', slot: 1, concurrency: 1, queues: null, foreground: false };
  const { launchDetached } = await import('../../src/worker/launch.js');
  await expect(launchDetached(queue, late)).rejects.toThrow('pool default was stopped');
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('running')).toMatchObject({ state: 'completed', attempt: 1 });
});

test('worker stop right after a death leaves nobody', async () => {
  await sandbox.must('worker', 'start', '--count', '3');
  await kill('worker-2');
  await sandbox.must('worker', 'stop');
  expect(await workers()).toEqual([]);
  expect(await (await sandbox.queue()).workers.living()).toEqual([]);
});

test('a worker that was stopped by name is not replaced, and another one still is', async () => {
  await sandbox.must('worker', 'start', '--count', '3');
  await sandbox.must('worker', 'stop', 'worker-2');
  const pid = await pidOf('worker-1');
  process.kill(pid, 'SIGKILL');
  await until('another worker-1', async () => (await pidOf('worker-1')) !== pid);
  await whenReady('worker-1', 'worker-3');
  const again = await sandbox.run('worker', 'start', '--count', '2');
  expect(again.stderr).toMatch(/worker-1 runs already.*\nworker-3 runs already/);
  await whenReady('worker-1', 'worker-3');
  await sandbox.must('worker', 'start', '--count', '3');
  await whenReady('worker-1', 'worker-2', 'worker-3');
});

test('a worker that was told to stop by its signal alone is not replaced either', async () => {
  await sandbox.must('worker', 'start', '--count', '3');
  process.kill(await pidOf('worker-3'), 'SIGTERM');
  await whenReady('worker-1', 'worker-2');
  await kill('worker-2');
  await until('another worker-2', async () => (await registrations('worker-2')) === 2);
  await whenReady('worker-1', 'worker-2');
});

test('a pool that was started by another version is not refilled, which its log says', async () => {
  await sandbox.must('worker', 'start', '--count', '2');
  const queue = await sandbox.queue();
  await queue.database.kysely.updateTable('pools').set({ version: '0.0.9' }).execute();
  await kill('worker-2');
  const log = queue.files.workerLog('worker-1');
  await until('the log to say so', () =>
    readFileSync(log, 'utf8').includes('pool default is not refilled: it was started with 0.0.9'),
  );
  await whenReady('worker-1');
});

test('a pool in the foreground is kept by its supervisor, until somebody stops it', async () => {
  const child = sandbox.start(['worker', 'start', '--foreground', '--count', '2']);
  let said = '';
  child.stderr!.on('data', (chunk) => (said += chunk));
  const exit = new Promise((resolve) => child.once('close', resolve));
  await whenReady('worker-1', 'worker-2');
  await kill('worker-2');
  await until('another worker-2', async () => (await registrations('worker-2')) === 2);
  expect(said).toContain('worker-2 ended (SIGKILL); starting it again');
  const { options } = (await (await sandbox.queue()).pools.find((await workers())[0]!.host, 'default'))!;
  expect(options).toMatchObject({ foreground: true });
  await whenReady('worker-1', 'worker-2');
  await sandbox.must('worker', 'stop');
  expect(await exit).toBe(0);
  expect(await workers()).toEqual([]);
});
