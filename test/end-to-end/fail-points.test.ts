// F04: a process dies at each of its named places, and another one takes over.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FAIL_POINTS } from '../../src/fail-point.js';
import { launchersWork } from '../../src/process/launcher.js';
import { ledgerViolations, readLedger } from '../ledger.js';
import { isAlive, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const IN_A_WORKER = FAIL_POINTS.filter((name) => !/^(enqueue|import)-/.test(name));

/** How each job of the workload must be recorded in the end, whoever died. */
const OUTCOMES: Record<string, { state: string; cause: RegExp | null; output: string }> = {
  gated: { state: 'completed', cause: null, output: 'begun\nover\n' },
  plain: { state: 'completed', cause: null, output: 'plain\n' },
  fed: { state: 'completed', cause: null, output: 'food' },
  fails: { state: 'dead', cause: /^exit:3$/, output: 'no\n' },
  // Whoever takes over may find it ended by the TERM of the worker that died.
  slow: { state: 'dead', cause: /^timeout$/, output: '' },
  again: { state: 'completed', cause: null, output: 'again\n' },
  last: { state: 'completed', cause: null, output: 'last\n' },
};

async function enqueueWorkload(): Promise<void> {
  await sandbox.enqueue(
    { id: 'plain', command: sandbox.ledgered('echo plain') },
    { id: 'fed', type: 'shell', payload: { command: sandbox.ledgered('cat'), stdin: 'food' } },
    { id: 'fails', command: sandbox.ledgered('echo no; (exit 3)'), max_retries: 0 },
    { id: 'slow', command: sandbox.ledgered('sleep 600'), timeout_sec: 0.3, max_retries: 0 },
    { id: 'again', command: sandbox.ledgered('sleep 0.2; echo again') },
    { id: 'last', command: sandbox.ledgered('echo last') },
  );
}

/** Starts a worker and kills it while its job runs, so that the next one has something to adopt. */
async function leaveAnOrphan(gate: string): Promise<void> {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({
    id: 'gated',
    command: sandbox.ledgered(`echo begun; until test -e '${gate}'; do sleep 0.05; done; echo over`),
  });
  await until('the gated job to start', () => sandbox.entries().length === 1);
  const pids = await sandbox.workerPids();
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('the worker to be gone', () => pids.every((pid) => !isAlive(pid)));
}

/** Runs a worker until it dies where it is told to. */
async function dieAt(name: string, whenReady: () => Promise<void>): Promise<void> {
  const said = `${(await sandbox.queue()).files.workerLog('worker-1')}.start`;
  await sandbox.runWith({ env: { QUEUECTL_FAIL_POINT: name } }, 'worker', 'start');
  await whenReady();
  await until(`the worker to die at ${name}`, () => readFileSync(said, 'utf8').includes(`died at ${name}`));
}

describe.each(IN_A_WORKER)('a worker that dies at', (name) => {
  test(`F04 ${name}`, async () => {
    const gate = join(sandbox.folder, 'gate');
    await sandbox.must('config', 'set', 'kill_grace_sec', '0.5');
    await leaveAnOrphan(gate);
    await enqueueWorkload();
    await dieAt(name, async () => {
      writeFileSync(gate, '');
      if (name === 'worker-before-end') await sandbox.run('worker', 'stop');
    });
    await sandbox.must('worker', 'start');
    for (const [id, expected] of Object.entries(OUTCOMES)) await expectOutcome(id, expected);
    expect(ledgerViolations(readLedger(sandbox.ledger))).toEqual([]);
  });
});

async function expectOutcome(id: string, expected: (typeof OUTCOMES)[string]): Promise<void> {
  const job = await sandbox.ended(id);
  const queue = await sandbox.queue();
  const { attempts } = await queue.details(id);
  const lost = attempts.filter(({ outcome }) => outcome === 'lost').length;
  expect(job.state, id).toBe(expected.state);
  if (expected.cause) expect(job.cause, id).toMatch(expected.cause);
  // Besides what was lost, once, there is one outcome.
  expect(lost, id).toBeLessThanOrEqual(1);
  expect(attempts.length - lost, id).toBe(1);
  expect(attempts.at(-1)!.outcome, id).not.toBe('lost');
  expect(job.crashes, id).toBe(lost);
  const starts = sandbox.entries().filter((line) => line.startsWith(`${id} `) && line.endsWith('start'));
  expect(starts.length, id).toBeGreaterThanOrEqual(1);
  expect(starts.length, id).toBeLessThanOrEqual(2);
  const chunks: Buffer[] = [];
  for await (const chunk of (await queue.output(id, null))?.chunks ?? []) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString(), id).toBe(expected.output);
}

test.runIf(launchersWork())('F04 a command that its launcher reads only after the worker died runs once', async () => {
  await sandbox.runWith({ env: { QUEUECTL_FAIL_POINT: 'command-written' } }, 'worker', 'start');
  const [worker] = await sandbox.workerPids();
  const launcher = await until('a launcher', () => childOf(worker!));
  process.kill(launcher, 'SIGSTOP');
  await sandbox.enqueue({ id: 'unread', command: sandbox.ledgered('echo done') });
  await until('the worker to be gone', () => !isAlive(worker!));
  await sandbox.must('worker', 'start');
  const [successor] = await (await sandbox.queue()).workers.living();
  await sandbox.job('unread', (job) => job.worker === successor!.number);
  expect(sandbox.entries()).toEqual([]);
  process.kill(launcher, 'SIGCONT');
  expect(await sandbox.ended('unread')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  expect(sandbox.entries()).toEqual(['unread 1 start', 'unread 1 end']);
});

const hasStrace = spawnSync('strace', ['-V']).status === 0;

test.runIf(launchersWork())(
  'F04 a command that is about to begin when worker and launcher die never does',
  async (context) => {
    if (!hasStrace) return context.skip('strace is not installed');
    await sandbox.must('worker', 'start');
    const [worker] = await sandbox.workerPids();
    const launcher = await until('a launcher', () => childOf(worker!));
    // Between fork and exec the process carries no mark yet: it is held up there.
    const hold = ['-qq', '-f', '-p', String(launcher), '-e', 'inject=chdir:delay_enter=4000000', '-o', '/dev/null'];
    const strace = spawn('strace', hold, { stdio: 'ignore' });
    await until('the launcher to be traced', () =>
      /TracerPid:\t[1-9]/.test(readFileSync(`/proc/${launcher}/status`, 'utf8')),
    );
    await sandbox.enqueue({ id: 'twice', command: sandbox.ledgered('sleep 0.5') });
    const child = await until('the command to be about to begin', () => childOf(launcher));
    for (const pid of [worker!, launcher]) process.kill(pid, 'SIGKILL');
    await until('the worker to be gone', () => !isAlive(worker!));
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended('twice')).toMatchObject({ state: 'completed', attempt: 2, crashes: 1 });
    await until('the held up process to be gone', () => !isAlive(child));
    strace.kill();
    expect(sandbox.entries()).toEqual(['twice 2 start', 'twice 2 end']);
  },
);

function childOf(pid: number): number | undefined {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]) || undefined;
}

describe('an enqueue that dies', () => {
  const ways: Record<string, string[]> = {
    'on the fast path': ['enqueue', '{"id":"one","command":"true"}'],
    'as a command': ['enqueue', '--max-retries', '0', '{"id":"one","command":"true"}'],
  };
  test.each(Object.entries(ways))('F04 %s leaves no half of a job', async (_, args) => {
    const queue = await sandbox.queue();
    const dieAt = (name: string) => sandbox.runWith({ env: { QUEUECTL_FAIL_POINT: name } }, ...args);
    expect(await dieAt('enqueue-before-commit')).toMatchObject({ code: null, stdout: '' });
    expect(await queue.database.kysely.selectFrom('jobs').select('number').execute()).toEqual([]);
    expect(await dieAt('enqueue-after-commit')).toMatchObject({ code: null, stdout: '' });
    expect(await queue.job('one')).toMatchObject({ state: 'pending' });
    expect(await sandbox.run(...args)).toMatchObject({ code: 4 });
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended('one')).toMatchObject({ state: 'completed', attempt: 1 });
  });

  test('F04 before it acknowledges has woken a worker: the job runs once', async () => {
    await sandbox.must('worker', 'start');
    const args = ['enqueue', JSON.stringify({ id: 'one', command: sandbox.ledgered('true') })];
    const env = { QUEUECTL_FAIL_POINT: 'enqueue-before-acknowledging' };
    expect(await sandbox.runWith({ env }, ...args)).toMatchObject({ code: null, stdout: '' });
    expect(await sandbox.ended('one')).toMatchObject({ state: 'completed', attempt: 1 });
    expect(sandbox.entries()).toEqual(['one 1 start', 'one 1 end']);
  });
});
