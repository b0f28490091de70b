// Under systemd and in containers: the unit file, process 1, and two PID namespaces on one queue file.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bootOf, hostKey } from '../../src/process/identity.js';
import { REAPER } from '../../src/process/init.js';
import type { NewWorker } from '../../src/storage/workers.js';
import { isAlive, ON_SERVER, Sandbox, until } from '../sandbox.js';

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const UNIT = fileURLToPath(new URL('../../contrib/systemd/queuectl-worker@.service', import.meta.url));
const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const hasNamespaces = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;

let sandbox: Sandbox;
const namespaces: ChildProcess[] = [];
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  for (const child of namespaces.splice(0)) {
    child.kill('SIGKILL'); // and with it all that lives in there
    await until('the namespace to end', () => !isAlive(child.pid!));
  }
  await sandbox.remove();
});

/** A foreground pool in a PID namespace of its own. */
function contain(...command: string[]): { child: ChildProcess; said: () => string } {
  const child = spawn('unshare', [...NAMESPACE, ...command], {
    cwd: sandbox.folder,
    env: sandbox.env(),
    stdio: 'pipe',
  });
  namespaces.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (chunk) => (text += chunk));
  return { child, said: () => text };
}

const foreground = ['worker', 'start', '--foreground'];

test.skipIf(!hasSystemd)('the systemd unit is one (needs systemd-analyze)', () => {
  execFileSync('systemd-analyze', ['verify', UNIT], { stdio: 'pipe' });
  const unit = readFileSync(UNIT, 'utf8');
  expect(unit).toMatch(/^KillMode=process$/m);
  expect(unit).toMatch(/^KillSignal=SIGUSR2$/m);
});

test('what the unit does at a restart: the workers leave their jobs, and the next ones take them over', async () => {
  const first = sandbox.start(foreground);
  const exit = new Promise((resolve) => first.once('close', resolve));
  const gate = join(sandbox.folder, 'gate');
  const work = sandbox.ledgered(`until test -e '${gate}'; do sleep 0.05; done; (exit 7)`);
  await sandbox.enqueue({ id: 'long', command: work, max_retries: 0 });
  await until('the job to start', () => sandbox.entries().length === 1);
  first.kill('SIGUSR2');
  expect(await exit).toBe(0);
  const second = sandbox.start(foreground);
  const end = new Promise((resolve) => second.once('close', resolve));
  await until('the next worker', async () => (await sandbox.workerPids()).length === 1);
  writeFileSync(gate, '');
  expect(await sandbox.ended('long')).toMatchObject({ state: 'dead', cause: 'exit:7', attempt: 1, crashes: 0 });
  second.kill('SIGTERM');
  expect(await end).toBe(0);
});

/** Leaves a process behind that outlives its parents, and shows some time later which zombies there are. */
const ORPHANS = `(sh -c 'sleep 0.1' &); sleep 1; grep -l '^State:.*Z' /proc/[0-9]*/status; true`;

test.skipIf(!hasNamespaces)(
  'F10 under a reaping shell as process 1 nothing is left of ended jobs (needs unshare)',
  async () => {
    const { child, said } = contain('sh', '-c', REAPER, 'queuectl', process.execPath, PROGRAM, ...foreground);
    const exit = new Promise((resolve) => child.once('close', resolve));
    await sandbox.enqueue({ id: 'warms', argv: ['true'] }, { id: 'orphans', command: ORPHANS });
    await until('the worker to be ready', () => said().includes('worker-1 ready'));
    expect(await sandbox.ended('orphans')).toMatchObject({ state: 'completed' });
    expect(await sandbox.must('logs', 'orphans')).toBe('');
    const inside = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
    process.kill(inside, 'SIGTERM'); // what a container's stop does
    expect(await exit).toBe(0);
    expect(said()).toContain('worker-1 stopped');
  },
);

test.skipIf(!hasNamespaces)(
  'F10 a worker as process 1 gives its place to one, or says that it cannot (needs unshare)',
  async () => {
    const { said } = contain(process.execPath, PROGRAM, ...foreground);
    await sandbox.enqueue({ id: 'first', argv: ['true'] }, { id: 'orphans', command: ORPHANS });
    await until('the worker to be ready', () => said().includes('worker-1 ready'));
    expect(await sandbox.ended('orphans')).toMatchObject({ state: 'completed' });
    const zombies = await sandbox.must('logs', 'orphans');
    if ('execve' in process) expect(zombies).toBe('');
    else expect(said()).toContain('as process 1 this program cannot reap what jobs leave behind');
  },
);

test.skipIf(!hasNamespaces)(
  'F65 workers in two PID namespaces share a queue, and neither takes the other for dead (needs unshare)',
  async () => {
    await sandbox.must('config', 'set', 'lease_sec', '5');
    const pools = [
      contain(process.execPath, PROGRAM, ...foreground),
      contain(process.execPath, PROGRAM, ...foreground),
    ];
    for (const { said } of pools) await until('a worker to be ready', () => said().includes('worker-1 ready'));
    const queue = await sandbox.queue();
    const workers = await queue.workers.living();
    expect(new Set(workers.map(({ host }) => host)).size).toBe(2);
    // Longer than the lease, so that each could have been taken for dead.
    const ids = Array.from({ length: 24 }, (_, index) => `job-${index}`);
    await sandbox.enqueue(...ids.map((id) => ({ id, command: sandbox.ledgered('sleep 0.6') })));
    for (const id of ids) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 1, crashes: 0 });
    expect((await queue.workers.living()).map(({ number }) => number).sort()).toEqual(
      workers.map((one) => one.number).sort(),
    );
    expect(sandbox.entries().sort()).toEqual(ids.flatMap((id) => [`${id} 1 end`, `${id} 1 start`]).sort());
    // One of them is gone, with all that ran in it: the other one takes its job when the lease is over.
    await sandbox.enqueue({ id: 'moves', command: sandbox.ledgered('test "$QUEUECTL_ATTEMPT" = 2 || sleep 600') });
    const { worker } = await sandbox.job('moves', (job) => job.worker !== null);
    await until('it to start', () => sandbox.entries().includes('moves 1 start'));
    // A job may have begun before the line of its worker is read here.
    const holder = await until('its worker', () => pools.find(({ said }) => said().includes('started job moves')));
    holder.child.kill('SIGKILL');
    expect(workers.some(({ number }) => number === worker)).toBe(true);
    expect(await sandbox.ended('moves')).toMatchObject({ state: 'completed', attempt: 2, crashes: 1 });
  },
);

test.skipIf(ON_SERVER)(
  'F25 F60 with workers elsewhere, a job is given back before the lease is over when no sign of life gets through',
  async () => {
    await sandbox.must('config', 'set', 'lease_sec', '5');
    await sandbox.must('config', 'set', 'kill_grace_sec', '0.2');
    const queue = await sandbox.queue();
    const { kysely } = queue.database;
    const forever = Date.now() + 86_400_000;
    await sandbox.must('worker', 'start');
    const [own] = await queue.workers.living();
    // A neighbour in another PID namespace, of whom only the row is here.
    const elsewhere = { ...neighbour(`${bootOf(hostKey())}/1`), leaseMs: forever - Date.now() };
    const other = await queue.workers.register(elsewhere);
    const renewedWith = Date.now();
    await until('a sign of life beside it', async () =>
      (await queue.workers.living()).some(({ number, seenAt }) => number === own!.number && seenAt > renewedWith),
    );
    await sandbox.enqueue({
      id: 'long',
      command: sandbox.ledgered('if test "$QUEUECTL_ATTEMPT" = 1; then echo $$ > pid; exec sleep 600; fi'),
    });
    const pid = await until('its pid', () => readPid(join(sandbox.folder, 'pid')));
    const lock = new BetterSqlite3(sandbox.db);
    const lockedAt = performance.now();
    lock.exec('begin immediate');
    await until('the job to be ended', () => !isAlive(pid));
    const endedAfter = performance.now() - lockedAt;
    lock.exec('rollback');
    lock.close();
    expect(endedAfter).toBeLessThan(6000);
    expect(await sandbox.ended('long')).toMatchObject({ state: 'completed', attempt: 2, crashes: 0, failures: 0 });
    expect((await queue.details('long')).attempts[0]).toMatchObject({ outcome: 'released' });
    await kysely.deleteFrom('workers').where('number', '=', other!).execute();
  },
);

test('F25 a worker that was taken for dead meanwhile ends its jobs before it goes', async () => {
  await sandbox.must('config', 'set', 'lease_sec', '5');
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'long', command: sandbox.ledgered('echo $$ > pid; exec sleep 600') });
  const pid = await until('its pid', () => readPid(join(sandbox.folder, 'pid')));
  const queue = await sandbox.queue();
  const own = (await queue.workers.living())[0]!;
  const other = await queue.workers.register(neighbour(`${bootOf(hostKey())}/1`));
  await queue.database.kysely.updateTable('jobs').set({ worker: other! }).execute();
  await queue.workers.end(own.number);
  await until('the worker to go', () => !isAlive(own.pid));
  expect(isAlive(pid)).toBe(false);
  expect(await queue.job('long')).toMatchObject({ state: 'processing', worker: other, attempt: 1 });
  await queue.workers.end(other!);
});

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function neighbour(host: string): NewWorker {
  return {
    ...{ name: 'worker-1', host, hostName: 'neighbour', pool: 'default', slot: 1, pid: 2, pidStart: '1' },
    ...{ version: '0.1.0', queues: null, types: ['shell'], concurrency: 1, leaseMs: 60_000 },
  };
}
