// Under systemd and in containers: the unit file, process 1, and two PID namespaces on one queue file.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { REAPER } from '../../src/process/init.js';
import { isAlive, Sandbox, until } from '../sandbox.js';

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
