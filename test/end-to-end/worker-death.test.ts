// What happens to jobs when their workers die.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootOf, hostKey } from '../../src/process/identity.js';
import { isAlive, ON_SERVER, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

async function killWorkers(): Promise<void> {
  const pids = await sandbox.workerPids();
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('the workers to be gone', () => pids.every((pid) => !isAlive(pid)));
}

/** The pid of a running job, which it wrote to a file. */
async function pidIn(name: string): Promise<number> {
  return until(`the pid in ${name}`, () => {
    try {
      return Number(readFileSync(join(sandbox.folder, name), 'utf8')) || undefined;
    } catch {
      return undefined;
    }
  });
}

test('F01 a killed worker leaves its shell job alone: the next one adopts it and records its true end', async () => {
  await sandbox.must('worker', 'start');
  const gate = join(sandbox.folder, 'gate');
  await sandbox.enqueue({
    id: 'long',
    command: sandbox.ledgered(`echo begun; until test -e '${gate}'; do sleep 0.05; done; echo over; (exit 7)`),
    max_retries: 0,
  });
  await until('the job to start', () => sandbox.entries().includes('long 1 start'));
  await killWorkers();
  await sandbox.must('worker', 'start');
  const [pid] = await sandbox.workerPids();
  const queue = await sandbox.queue();
  const worker = (await queue.workers.living()).find((one) => one.pid === pid)!;
  await sandbox.job('long', (job) => job.worker === worker.number);
  writeFileSync(gate, '');
  const job = await sandbox.ended('long');
  expect(job).toMatchObject({ state: 'dead', cause: 'exit:7', attempt: 1, crashes: 0 });
  expect(sandbox.entries()).toEqual(['long 1 start', 'long 1 end']);
  const [stored] = await queue.details('long').then(({ attempts }) => attempts);
  expect(stored).toMatchObject({ outcome: 'failed', exitCode: 7, outputBytes: 'begun\nover\n'.length });
});

test('F01 a job that ended while no worker lived is settled by its state file', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'ends-alone', command: sandbox.ledgered('sleep 0.5') });
  await until('the job to start', () => sandbox.entries().length === 1);
  await killWorkers();
  await until('the job to end by itself', () => sandbox.entries().includes('ends-alone 1 end'));
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('ends-alone')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  expect(sandbox.entries()).toEqual(['ends-alone 1 start', 'ends-alone 1 end']);
});

test('F02 SIGKILL of the job is a failure of the attempt, and the worker lives', async () => {
  await sandbox.must('worker', 'start');
  const pids = await sandbox.workerPids();
  await sandbox.enqueue({ id: 'victim', command: 'echo $$ > pid; exec sleep 600', max_retries: 0 });
  process.kill(await pidIn('pid'), 'SIGKILL');
  expect(await sandbox.ended('victim')).toMatchObject({ state: 'dead', cause: 'signal:SIGKILL', crashes: 0 });
  expect(await sandbox.workerPids()).toEqual(pids);
});

test('F03 worker and job killed together: the attempt is lost and the job runs again, without overlap', async () => {
  await sandbox.must('worker', 'start', '--count', '2');
  await sandbox.enqueue({
    id: 'again',
    command: sandbox.ledgered('if test "$QUEUECTL_ATTEMPT" = 1; then echo $$ > pid; exec sleep 600; fi'),
    max_retries: 0,
  });
  const pid = await pidIn('pid');
  await killWorkers();
  process.kill(-processGroup(pid), 'SIGKILL');
  await until('the job to be gone', () => !isAlive(pid));
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('again')).toMatchObject({ state: 'completed', attempt: 2, crashes: 1, failures: 0 });
  expect(sandbox.entries()).toEqual(['again 1 start', 'again 2 start', 'again 2 end']);
  const { attempts } = await (await sandbox.queue()).details('again');
  expect(attempts.map(({ outcome, cause }) => [outcome, cause])).toEqual([
    ['lost', 'worker_lost'],
    ['succeeded', null],
  ]);
});

test('F05 a job that kills its worker each time it runs ends in the DLQ', async () => {
  await sandbox.enqueue({
    id: 'poison',
    // Its own shell is the worker's child; the whole group goes, so that nobody can tell how it ended.
    command: 'kill -9 "$(cut -d" " -f4 "/proc/$PPID/stat")"; kill -9 0',
  });
  const queue = await sandbox.queue();
  await until('the job to be dead', async () => {
    await sandbox.run('worker', 'start');
    return (await queue.job('poison')).state === 'dead';
  });
  const job = await queue.job('poison');
  expect(job).toMatchObject({ cause: 'worker_lost', crashes: 4, failures: 0, attempt: 4 });
});

/** Makes the workers that have died those of another host: of a boot before, or of another PID namespace. */
async function moveWorkersTo(host: string): Promise<void> {
  await (await sandbox.queue()).database.kysely.updateTable('workers').set({ host }).execute();
}

async function endLeases(except = 0): Promise<void> {
  const { kysely } = (await sandbox.queue()).database;
  await kysely.updateTable('workers').set({ lease_until: 0 }).where('number', '!=', except).execute();
}

test('F29 after a reboot what ran is lost and runs again, and what had ended is settled by its state file', async () => {
  await sandbox.must('worker', 'start', '--concurrency', '2');
  await sandbox.enqueue(
    { id: 'ran', command: sandbox.ledgered('if test "$QUEUECTL_ATTEMPT" = 1; then echo $$ > pid; exec sleep 600; fi') },
    { id: 'ended', command: sandbox.ledgered('until test -e gone; do sleep 0.05; done') },
  );
  const pid = await pidIn('pid');
  await until('both to start', () => sandbox.entries().length === 2);
  await killWorkers();
  process.kill(-processGroup(pid), 'SIGKILL');
  writeFileSync(join(sandbox.folder, 'gone'), '');
  await until('the other one to end', () => sandbox.entries().includes('ended 1 end'));
  await moveWorkersTo('an-earlier-boot/1');
  if (ON_SERVER) await endLeases(); // to a server another boot is another machine
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('ran')).toMatchObject({ state: 'completed', attempt: 2, crashes: 1 });
  expect(await sandbox.ended('ended')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
});

test('F65 what a worker of another PID namespace ran is taken over when its lease is over, not before', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'away', command: sandbox.ledgered('until test -e gate; do sleep 0.05; done') });
  await until('the job to start', () => sandbox.entries().includes('away 1 start'));
  await killWorkers();
  await moveWorkersTo(`${bootOf(hostKey())}/1`);
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'meanwhile', command: 'true' });
  await sandbox.ended('meanwhile');
  const queue = await sandbox.queue();
  const [here] = (await queue.workers.living()).filter(({ host }) => host === hostKey());
  expect((await queue.job('away')).worker).not.toBe(here!.number);
  await endLeases(here!.number);
  await sandbox.job('away', (job) => job.worker === here!.number);
  writeFileSync(join(sandbox.folder, 'gate'), '');
  expect(await sandbox.ended('away')).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
  expect(sandbox.entries()).toEqual(['away 1 start', 'away 1 end']);
});

function processGroup(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
