// Cancelling jobs that wait, that run, and whose worker is gone.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const file = (name: string) => join(sandbox.folder, name);
const started = (id: string) => until(`${id} to start`, () => sandbox.entries().some((line) => line.startsWith(id)));

test('a job that waits is cancelled at once, and never runs', async () => {
  await sandbox.enqueue({ id: 'a', command: sandbox.ledgered('true') }, { id: 'b', argv: ['true'], delay: '1h' });
  const { code, stderr } = await sandbox.run('cancel', 'a', 'b');
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'job a cancelled\njob b cancelled\n' });
  expect(await sandbox.must('show', 'a')).toMatch(/cancelled by \S+@\S+, was pending/);
  await sandbox.enqueue({ id: 'c', argv: ['true'] });
  await sandbox.must('worker', 'start');
  await sandbox.ended('c');
  expect(sandbox.entries()).toEqual([]);
});

test('all or none: one that has ended, or is unknown, spares the others', async () => {
  await sandbox.enqueue({ id: 'waits', argv: ['true'] }, { id: 'gone', argv: ['true'] });
  await sandbox.must('cancel', 'gone');
  const over = await sandbox.run('cancel', 'waits', 'gone');
  expect(over).toMatchObject({ code: 4, stderr: expect.stringContaining('job gone is cancelled already') });
  const unknown = await sandbox.run('cancel', 'waits', 'nobody');
  expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('no such job: nobody') });
  expect(await sandbox.run('cancel')).toMatchObject({ code: 2, stderr: expect.stringContaining('which jobs?') });
  expect(await sandbox.run('cancel', 'waits', '--signal', 'STOP')).toMatchObject({ code: 2 });
  expect((await (await sandbox.queue()).job('waits')).state).toBe('pending');
});

test('a running job is ended with all that it started, and the command waits for that', async () => {
  await sandbox.must('worker', 'start');
  const work = `trap 'echo TERM >> got; exit 1' TERM; sleep 600 & echo $! > child; wait`;
  await sandbox.enqueue({ id: 'runs', command: sandbox.ledgered(`(${work})`) }, { id: 'next', argv: ['true'] });
  const child = await childPid();
  const { code, stderr, stdout } = await sandbox.run('cancel', 'runs', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ changed: 1, ids: ['runs'], requested: [] });
  expect(isAlive(child)).toBe(false);
  const { job, attempts } = await (await sandbox.queue()).details('runs');
  expect(job).toMatchObject({ state: 'cancelled', cause: 'cancelled', failures: 0, attempt: 1 });
  expect(attempts).toMatchObject([{ outcome: 'cancelled' }]);
  expect(readFileSync(file('got'), 'utf8')).toBe('TERM\n');
  await sandbox.ended('next');
});

test('--signal chooses the first signal', async () => {
  await sandbox.must('worker', 'start');
  const traps = ['INT', 'TERM', 'USR1'].map((name) => `trap 'echo ${name} > got; exit 0' ${name}`).join('; ');
  for (const signal of ['INT', 'sigusr1']) {
    const id = `by-${signal}`;
    await sandbox.enqueue({ id, command: `${traps}; ${sandbox.ledgered('while :; do sleep 0.05; done')}` });
    await started(id);
    await sandbox.must('cancel', id, '--signal', signal);
    expect(readFileSync(file('got'), 'utf8').trim()).toBe(signal.toUpperCase().replace('SIG', ''));
    expect(await sandbox.ended(id)).toMatchObject({ state: 'cancelled' });
  }
});

test('F06 F08 a deaf job is killed after its grace period, descendants that left its session included', async () => {
  await sandbox.must('config', 'set', 'kill_grace_sec', '0.5');
  await sandbox.must('worker', 'start');
  const deaf = `trap '' TERM INT HUP; setsid sh -c 'echo $$ > escaped; while :; do sleep 0.1; done' & while :; do sleep 0.1; done`;
  await sandbox.enqueue({ id: 'deaf', command: deaf });
  const pid = await until('its descendant', () => existsSync(file('escaped')) && Number(readFileSync(file('escaped'))));
  const from = performance.now();
  await sandbox.must('cancel', 'deaf');
  expect(performance.now() - from).toBeGreaterThan(400);
  expect(isAlive(pid)).toBe(false);
  expect(await sandbox.ended('deaf')).toMatchObject({ state: 'cancelled' });
});

test('--no-wait says that it is being ended', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'runs', command: sandbox.ledgered('sleep 600') });
  await started('runs');
  const { code, stderr } = await sandbox.run('cancel', 'runs', '--no-wait');
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'job runs is now being ended\n' });
  expect(await sandbox.ended('runs')).toMatchObject({ state: 'cancelled' });
});

test('a job that ends by itself meanwhile is told as what it is', async () => {
  await sandbox.must('worker', 'start');
  const work = `trap 'echo dying > dying; while test -e dying; do sleep 0.05; done; exit 0' TERM; while :; do sleep 0.05; done`;
  await sandbox.enqueue({ id: 'runs', command: sandbox.ledgered(`(${work})`) });
  await started('runs');
  const queue = await sandbox.queue();
  const [pid] = await sandbox.workerPids();
  process.kill(pid!, 'SIGSTOP'); // so that the request comes when the end is already under way
  try {
    const cancel = sandbox.run('cancel', 'runs');
    await until('the request', async () => (await queue.details('runs')).events.length > 0);
    const { number } = (await queue.workers.living())[0]!;
    const { id, attempt, queue: name, type, number: job } = await queue.job('runs');
    const ending = { outcome: 'succeeded', cause: null, exitCode: 0 } as const;
    const ended = { job, id, attempt, queue: name, type, ending, runMs: 1, waitMs: 0 };
    const none = { outputs: [], outputBytes: 0, outputFile: null, result: null, spentFiles: [] };
    const policy = { maxRetries: 3, maxCrashes: 3, backoff: { base: 2, maxMs: 1000, jitter: 0 } };
    const served = { queues: null, types: [] };
    await queue.runs.turn({ worker: number, ended: [{ ...ended, ...none }], room: 0, served, policy });
    expect(await cancel).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('job runs ended by itself before it could be cancelled: completed'),
    });
  } finally {
    process.kill(pid!, 'SIGCONT');
  }
});

async function childPid(): Promise<number> {
  return until('its child', () => existsSync(file('child')) && Number(readFileSync(file('child'), 'utf8')));
}

/** A job runs on, and its worker was killed. @returns the pid of the job's child */
async function orphan(id: string): Promise<number> {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id, command: sandbox.ledgered('sleep 600 & echo $! > child; wait') });
  const child = await childPid();
  const [dead] = await sandbox.workerPids();
  process.kill(dead!, 'SIGKILL');
  return child;
}

test('F01 an adopted job can be cancelled', async () => {
  const child = await orphan('long');
  await sandbox.must('worker', 'start');
  await sandbox.must('cancel', 'long');
  expect(await sandbox.ended('long')).toMatchObject({ state: 'cancelled', attempt: 1, crashes: 0 });
  expect(isAlive(child)).toBe(false);
});

test('F01 without a worker the request stays, which is said, and the next one obeys it', async () => {
  const child = await orphan('long');
  const { code, stderr } = await sandbox.run('cancel', 'long');
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'job long runs without a worker: the next one ends it (queuectl worker start)\n',
  });
  expect(isAlive(child)).toBe(true);
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('long')).toMatchObject({ state: 'cancelled', attempt: 1 });
  expect(isAlive(child)).toBe(false);
});

test('F03 a cancelled job that was lost with its worker does not run again', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'lost', command: sandbox.ledgered('echo $$ > leader; exec sleep 600') });
  const pid = await until('its pid', () => existsSync(file('leader')) && Number(readFileSync(file('leader'), 'utf8')));
  const [dead] = await sandbox.workerPids();
  process.kill(dead!, 'SIGKILL');
  await until('the worker to be gone', () => !isAlive(dead!));
  await sandbox.must('cancel', 'lost', '--no-wait');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  process.kill(-Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]), 'SIGKILL');
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('lost')).toMatchObject({ state: 'cancelled', attempt: 1 });
  expect(sandbox.entries()).toEqual(['lost 1 start']);
});
