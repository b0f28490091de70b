// The clock is set while workers run: their Date.now is ahead of the real one by what a file says.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootOf, hostKey } from '../../src/process/identity.js';
import type { Queue } from '../../src/queue/queue.js';
import { isAlive, Sandbox, until } from '../sandbox.js';
import { everything, newWorker, policy } from '../storage/backend.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let sandbox: Sandbox;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  sandbox = new Sandbox();
  const preload = join(sandbox.folder, 'clock.mjs');
  writeFileSync(
    preload,
    `import { readFileSync } from 'node:fs';
     const real = Date.now;
     Date.now = () => real() + Number(readFileSync(${JSON.stringify(file('ahead'))}, 'utf8'));`,
  );
  env = { NODE_OPTIONS: `--import ${preload}` };
  setClock(0);
  await sandbox.must('config', 'set', 'lease_sec', '5'); // a worker looks at its clock twelve times a lease
});
afterEach(() => sandbox.remove());

const file = (name: string) => join(sandbox.folder, name);

/** @param aheadMs of the real clock */
function setClock(aheadMs: number): void {
  writeFileSync(file('ahead.new'), String(aheadMs));
  renameSync(file('ahead.new'), file('ahead'));
}

async function start(...args: string[]): Promise<number[]> {
  const { code, stderr } = await sandbox.runWith({ env }, 'worker', 'start', ...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return sandbox.workerPids();
}

/** Runs until the gate is opened. */
const gated = () => sandbox.ledgered(`until test -e '${file('gate')}'; do sleep 0.05; done`);
const begun = (id: string) => until(`${id} to start`, () => sandbox.entries().includes(`${id} 1 start`));

/** Fails at first, and is tried again seconds later. */
const failsOnce = () => sandbox.ledgered('test "$QUEUECTL_ATTEMPT" != 1');

async function expectNoNegativeDurations(queue: Queue, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    for (const { runMs } of (await queue.details(id)).attempts) expect(runMs).toBeGreaterThanOrEqual(0);
  }
  const { averageMs, averageWaitMs } = await queue.metrics();
  expect(averageMs ?? 0).toBeGreaterThanOrEqual(0);
  expect(averageWaitMs ?? 0).toBeGreaterThanOrEqual(0);
}

test('F22 the clock is set back 2 h under running workers: jobs go on, start, and are tried again in time', async () => {
  const pids = await start('--count', '2', '--concurrency', '2');
  await sandbox.enqueue({ id: 'long', command: gated() });
  await begun('long');
  await sandbox.enqueue({ id: 'again', command: failsOnce(), backoff_base: 4 });
  await sandbox.job('again', ({ state }) => state === 'failed');
  setClock(-2 * HOUR_MS);
  await sandbox.enqueue({ id: 'new', command: sandbox.ledgered('true') });
  expect(await sandbox.ended('new')).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await sandbox.ended('again')).toMatchObject({ state: 'completed', attempt: 2, failures: 1 });
  writeFileSync(file('gate'), '');
  expect(await sandbox.ended('long')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  expect(await sandbox.workerPids()).toEqual(pids);
  await expectNoNegativeDurations(await sandbox.queue(), 'long', 'again', 'new');
});

test('F22 a worker that starts after the clock was set back takes over what ran, and tries again what failed', async () => {
  const [first] = await start();
  await sandbox.enqueue({ id: 'again', command: failsOnce(), backoff_base: 4 });
  await sandbox.job('again', ({ state }) => state === 'failed');
  await sandbox.enqueue({ id: 'long', command: gated(), timeout_sec: 600 });
  await begun('long');
  process.kill(first!, 'SIGKILL');
  await until('the worker to be gone', () => !isAlive(first!));
  setClock(-2 * HOUR_MS);
  await start('--concurrency', '2');
  expect(await sandbox.ended('again')).toMatchObject({ state: 'completed', attempt: 2 });
  writeFileSync(file('gate'), '');
  expect(await sandbox.ended('long')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  await expectNoNegativeDurations(await sandbox.queue(), 'long', 'again');
});

test('F23 the clock is set forward 3 days: no job of a living worker is recovered, here or elsewhere', async () => {
  const pids = await start();
  const queue = await sandbox.queue();
  await sandbox.enqueue({ id: 'here', command: gated(), timeout_sec: 600 });
  await begun('here');
  await sandbox.enqueue({ id: 'away', argv: ['true'] });
  const elsewhere = await neighbourWithJob(queue);
  setClock(3 * DAY_MS);
  // Fresh programs know even less: they end nobody either.
  expect(await start()).toEqual(expect.arrayContaining(pids));
  const from = performance.now();
  await until('two leases to be over', async () => {
    await queue.workers.renew(elsewhere, { state: 'running', leaseMs: 5000, cpuMs: 0, rssBytes: 0 });
    return performance.now() - from > 10_000;
  });
  expect((await queue.workers.living()).map(({ number }) => number)).toContain(elsewhere);
  expect(await queue.job('away')).toMatchObject({ state: 'processing', attempt: 1, worker: elsewhere });
  writeFileSync(file('gate'), '');
  expect(await sandbox.ended('here')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  expect(await sandbox.workerPids()).toEqual(expect.arrayContaining(pids));
  // It gives no sign of life any more: now it is dead, and its job is run here.
  expect(await sandbox.ended('away')).toMatchObject({ state: 'completed', attempt: 2, crashes: 1 });
});

test('F23 jobs that are taken over after the clock was set forward ran no longer than they did', async () => {
  const [first] = await start('--concurrency', '2');
  await sandbox.enqueue(
    { id: 'runs', command: gated(), timeout_sec: 600 },
    { id: 'ended', command: sandbox.ledgered('until test -e alone; do sleep 0.05; done'), timeout_sec: 600 },
  );
  for (const id of ['runs', 'ended']) await begun(id);
  process.kill(first!, 'SIGKILL');
  await until('the worker to be gone', () => !isAlive(first!));
  writeFileSync(file('alone'), '');
  await until('one to end', () => sandbox.entries().includes('ended 1 end'));
  setClock(3 * DAY_MS);
  await start();
  const queue = await sandbox.queue();
  const [second] = await queue.workers.living();
  await sandbox.job('runs', ({ worker }) => worker === second!.number);
  writeFileSync(file('gate'), '');
  for (const id of ['runs', 'ended']) {
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
    expect((await queue.details(id)).attempts[0]!.runMs).toBeLessThan(HOUR_MS);
  }
});

/** A worker of another PID namespace, of whom only the row is here. It holds the job that is ready. */
async function neighbourWithJob(queue: Queue): Promise<number> {
  const host = `${bootOf(hostKey())}/1`;
  const number = (await queue.workers.register(newWorker({ host, leaseMs: 5000 })))!;
  await queue.runs.turn({ worker: number, ended: [], room: 1, served: everything, policy });
  return number;
}
