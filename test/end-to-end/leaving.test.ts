// Workers that leave their jobs running: `worker stop --leave` and `worker restart`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const opened = () => join(sandbox.folder, 'gate');
/** Prints, waits until the gate is opened, and exits with 7. */
const gated = () => `echo begun; until test -e '${opened()}'; do sleep 0.05; done; echo over; (exit 7)`;
const started = (id: string) => until(`${id} to start`, () => sandbox.entries().includes(`${id} 1 start`));

async function outputOf(id: string): Promise<string> {
  return sandbox.must('logs', id);
}

test('worker stop --leave leaves the running job alone, and the next worker records its true end', async () => {
  await sandbox.must('worker', 'start', '--count', '2');
  await sandbox.enqueue({ id: 'first', command: sandbox.ledgered(gated()), max_retries: 0 });
  await started('first');
  const { code, stderr } = await sandbox.run('worker', 'stop', '--leave');
  expect(code).toBe(0);
  expect(stderr).toMatch(/worker-[12] stopped; left first running/);
  const queue = await sandbox.queue();
  expect(await queue.workers.living()).toEqual([]);
  expect(await queue.job('first')).toMatchObject({ state: 'processing', attempt: 1 });
  await sandbox.enqueue({ id: 'waits', argv: ['true'] });
  await sandbox.must('worker', 'start');
  writeFileSync(opened(), '');
  expect(await sandbox.ended('first')).toMatchObject({ state: 'dead', cause: 'exit:7', attempt: 1, crashes: 0 });
  expect(await outputOf('first')).toBe('begun\nover\n');
  expect(await sandbox.ended('waits')).toMatchObject({ state: 'completed' });
});

test('a job that was left through its launcher and ended without a worker is recorded by the next one', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'warms', argv: ['true'] });
  await sandbox.ended('warms');
  await sandbox.enqueue({ id: 'left', command: sandbox.ledgered(`echo $PPID > launcher; ${gated()}`), max_retries: 0 });
  await started('left');
  await sandbox.must('worker', 'stop', '--leave');
  writeFileSync(opened(), '');
  await until('it to end by itself', () => sandbox.entries().includes('left 1 end'));
  const launcher = Number(readFileSync(join(sandbox.folder, 'launcher'), 'utf8'));
  await until('its shell to end', () => !isAlive(launcher));
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('left')).toMatchObject({ state: 'dead', cause: 'exit:7', attempt: 1, crashes: 0 });
  expect(sandbox.entries()).toEqual(['left 1 start', 'left 1 end']);
});

test('worker restart replaces the workers in their places while their jobs run on', async () => {
  await sandbox.must('worker', 'start', '--count', '2', '--concurrency', '2', '--queue', 'default,mail');
  const queue = await sandbox.queue();
  const before = await queue.workers.living();
  // Its input makes the second one start by a process of its own, and not by a launcher.
  const stdin = { argv: ['sh', '-c', sandbox.ledgered(gated())], stdin: 'x' };
  await sandbox.enqueue({ id: 'a', command: sandbox.ledgered(gated()), max_retries: 0 });
  await sandbox.enqueue({ id: 'b', type: 'shell', payload: stdin, max_retries: 0 });
  await sandbox.enqueue({ id: 'c', command: sandbox.ledgered(`${gated()} & wait $!; (exit 0)`) });
  for (const id of ['a', 'b', 'c']) await started(id);
  const { code, stderr } = await sandbox.run('worker', 'restart');
  expect(code).toBe(0);
  expect(stderr).toMatch(/^worker-1 restarted \(pid \d+\).*\nworker-2 restarted \(pid \d+\).*\n$/);
  const after = await queue.workers.living();
  expect(after.map(({ name }) => name)).toEqual(['worker-1', 'worker-2']);
  for (const [index, worker] of after.entries()) {
    expect(worker).toMatchObject({ concurrency: 2, queues: ['default', 'mail'], state: 'running', stop: null });
    expect(worker.pid).not.toBe(before[index]!.pid);
  }
  expect(await queue.pools.find(after[0]!.host, 'default')).toMatchObject({ size: 2, wanted: 'running', waitMs: null });
  writeFileSync(opened(), '');
  expect(await sandbox.ended('a')).toMatchObject({ state: 'dead', cause: 'exit:7', attempt: 1, crashes: 0 });
  expect(await sandbox.ended('b')).toMatchObject({ state: 'dead', cause: 'exit:7', attempt: 1, crashes: 0 });
  expect(await sandbox.ended('c')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  expect(sandbox.entries().sort()).toEqual(['a 1 end', 'a 1 start', 'b 1 end', 'b 1 start', 'c 1 end', 'c 1 start']);
  expect(await outputOf('a')).toBe('begun\nover\n');
});

test('restarts in the middle of many short jobs run each of them once', async () => {
  await sandbox.must('worker', 'start', '--count', '2', '--concurrency', '3');
  const ids = Array.from({ length: 150 }, (_, index) => `job-${index}`);
  await sandbox.enqueue(...ids.map((id) => ({ id, command: sandbox.ledgered('sleep 0.1') })));
  await until('some to have ended', () => sandbox.entries().length > 20);
  await sandbox.must('worker', 'restart');
  await sandbox.must('worker', 'restart', 'worker-2');
  for (const id of ids) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  expect(sandbox.entries().sort()).toEqual(ids.flatMap((id) => [`${id} 1 end`, `${id} 1 start`]).sort());
});

test('a job that is being ended is ended before its worker leaves', async () => {
  await sandbox.must('worker', 'start');
  const deaf = `trap '' TERM; ${sandbox.ledgered('while :; do sleep 0.1; done')}`;
  await sandbox.must('config', 'set', 'kill_grace_sec', '1');
  await sandbox.enqueue({ id: 'deaf', command: deaf });
  await started('deaf');
  await sandbox.must('cancel', 'deaf', '--no-wait');
  await sandbox.must('worker', 'stop', '--leave');
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('deaf')).toMatchObject({ state: 'cancelled', attempt: 1 });
});

test('worker restart names what it cannot do', async () => {
  expect(await sandbox.run('worker', 'restart')).toMatchObject({ code: 0, stderr: 'no worker runs on this host\n' });
  const unknown = await sandbox.run('worker', 'restart', 'worker-9');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no such worker: worker-9') });
  const child = sandbox.start(['worker', 'start', '--foreground']);
  const exit = new Promise((resolve) => child.once('close', resolve));
  await until('the worker to be ready', async () => (await sandbox.workerPids()).length === 1);
  const { code, stderr } = await sandbox.run('worker', 'restart');
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'worker-1 runs in the foreground: restart what started it\n',
  });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});
