// What jobs print: gigabytes, two streams, a full disk. It never changes how they end.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Attempt } from '../../src/job/job.js';
import { DISK_WAS_FULL, NO_FILE_FITTED } from '../../src/job/output-mark.js';
import type { QueueFiles } from '../../src/storage/files.js';
import { isAlive, Sandbox, until } from '../sandbox.js';

const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const CAP = 128 * 1024;
const MB = 1_000_000;

const hasFallocate = spawnSync('fallocate', ['--version']).status === 0;
const canMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

let sandbox: Sandbox;
let files: QueueFiles;
let foreground: ChildProcess | undefined;
beforeEach(async () => {
  sandbox = new Sandbox();
  files = (await sandbox.queue()).files;
});
afterEach(async () => {
  foreground?.kill('SIGKILL');
  foreground = undefined;
  await sandbox.remove();
});

async function lastAttempt(id: string): Promise<Attempt> {
  return (await (await sandbox.queue()).details(id)).attempts.at(-1)!;
}

const onDisk = (file: string) => statSync(file).blocks * 512;

/** Prints nothing more before the disk has been given back: it only ends if that happens while it runs. */
const patient = (times: number, gate = 'true') =>
  `out=$(readlink /proc/$$/fd/1); printf head
   for i in $(seq ${times}); do
     head -c 8000000 /dev/zero | tr '\\0' x
     until [ $(stat -c %b "$out") -lt 2000 ]; do sleep 0.05; done
     ${gate}
   done
   printf tail`;

test.skipIf(!hasFallocate)(
  'F41 an output takes little more disk than its cap while the job runs, and head and tail are exact (needs fallocate)',
  async () => {
    await sandbox.must('config', 'set', 'max_output_bytes', String(CAP));
    await sandbox.must('worker', 'start');
    await sandbox.enqueue({ id: 'prints', command: patient(5), timeout_sec: 40, max_retries: 0 });
    expect(await sandbox.ended('prints')).toMatchObject({ state: 'completed' });
    const { outputBytes, outputFile, detail } = await lastAttempt('prints');
    expect(outputBytes).toBe(40 * MB + 8);
    expect(onDisk(join(files.outputs, outputFile!))).toBeLessThanOrEqual(CAP + 8192);
    const told = await sandbox.must('logs', 'prints');
    const [head, cut, tail] = told.split(/\n\[(\d+) bytes are not stored\]\n/) as [string, string, string];
    expect(head).toBe(`head${'x'.repeat(CAP / 2 - 4)}`);
    expect(tail).toMatch(/^x+tail$/);
    expect(head.length + Number(cut) + tail.length).toBe(outputBytes);
    expect(tail.length).toBeGreaterThanOrEqual(CAP / 2);
    expect(detail).toBe(`${cut} bytes in the middle of its output were cut`);
    expect(JSON.parse(await sandbox.must('logs', '--json', 'prints')).output).toBe(told);
    expect(readdirSync(files.outputs).length).toBe(2);
  },
);

test.skipIf(!hasFallocate)('F41 the output of an adopted job is capped too (needs fallocate)', async () => {
  await sandbox.must('config', 'set', 'max_output_bytes', String(CAP));
  const worker = sandbox.start(['worker', 'start', '--foreground']);
  const gate = join(sandbox.folder, 'gate');
  const waits = `echo $i >> '${sandbox.ledger}'; until test -e '${gate}'; do sleep 0.05; done`;
  await sandbox.enqueue({ id: 'orphan', command: patient(3, waits), timeout_sec: 60, max_retries: 0 });
  await until('the first part', () => sandbox.entries().length === 1);
  const pids = await sandbox.workerPids();
  worker.kill('SIGKILL');
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until('the worker to be gone', () => pids.every((pid) => !isAlive(pid)));
  await sandbox.must('worker', 'start');
  writeFileSync(gate, '');
  expect(await sandbox.ended('orphan')).toMatchObject({ state: 'completed', attempt: 1 });
  const { outputBytes, outputFile } = await lastAttempt('orphan');
  expect(outputBytes).toBe(24 * MB + 8);
  expect(onDisk(join(files.outputs, outputFile!))).toBeLessThanOrEqual(CAP + 8192);
  expect(await sandbox.must('logs', '--tail', '1', 'orphan')).toMatch(/^x+tail$/);
});

test.skipIf(!hasFallocate)(
  'F41 the worker stays small beside a job that prints three gigabytes (needs fallocate)',
  async () => {
    await sandbox.must('config', 'set', 'max_output_bytes', String(CAP));
    await sandbox.must('worker', 'start');
    const [pid] = await sandbox.workerPids();
    const command = 'printf begin; head -c 3000000000 /dev/zero; printf end';
    await sandbox.enqueue({ id: 'huge', command, max_retries: 0 });
    let largest = 0;
    const job = await until('the job to end', async () => {
      largest = Math.max(largest, memoryOf(pid!));
      const now = await (await sandbox.queue()).job('huge');
      return now.finishedAt === null ? undefined : now;
    });
    expect(job.state).toBe('completed');
    expect(largest).toBeGreaterThan(10 * MB);
    expect(largest).toBeLessThan(150 * MB);
    const { outputBytes, outputFile } = await lastAttempt('huge');
    expect(outputBytes).toBe(3_000_000_008);
    expect(onDisk(join(files.outputs, outputFile!))).toBeLessThanOrEqual(CAP + 8192);
    const told = await sandbox.must('logs', 'huge');
    const [head, cut, tail] = told.split(/\n\[(\d+) bytes are not stored\]\n/) as [string, string, string];
    expect(head).toBe(`begin${'\0'.repeat(CAP / 2 - 5)}`);
    expect(tail).toMatch(/^\0+end$/);
    expect(head.length + Number(cut) + tail.length).toBe(outputBytes);
  },
);

function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

test('without fallocate an output is kept whole, and the log says so once', async () => {
  await sandbox.must('config', 'set', 'max_output_bytes', String(CAP));
  const started = sandbox.start(['worker', 'start'], { PATH: sandbox.folder });
  await new Promise((resolve) => started.once('close', resolve));
  await sandbox.enqueue(
    { id: 'first', command: `head -c 300000 /dev/zero | tr '\\0' a; printf end` },
    { id: 'second', command: `head -c 300000 /dev/zero | tr '\\0' b` },
  );
  expect(await sandbox.ended('first')).toMatchObject({ state: 'completed' });
  expect(await sandbox.ended('second')).toMatchObject({ state: 'completed' });
  expect(await sandbox.must('logs', 'first')).toBe(`${'a'.repeat(300_000)}end`);
  expect((await lastAttempt('first')).detail).toBeNull();
  const log = readFileSync(files.workerLog('worker-1'), 'utf8');
  expect(log.match(/outputs cannot be kept under max_output_bytes/g)).toHaveLength(1);
  expect(log).toContain('there is no program fallocate');
});

/** Workers that see a tiny disk where outputs go; it is gone with them. */
async function workerOnTinyDisk(options: string): Promise<void> {
  files.ensure();
  const script = `mount -t tmpfs -o ${options} tmpfs "$1"; shift; exec "$@"`;
  const args = ['--mount', 'sh', '-c', script, 'sh', files.outputs, process.execPath, PROGRAM];
  foreground = spawn('unshare', [...args, 'worker', 'start', '--foreground'], { env: sandbox.env(), stdio: 'ignore' });
  await until('the worker', async () => (await sandbox.workerPids()).length === 1);
}

test.skipIf(!canMount)('F16 a full disk leaves the outcome alone and marks the output (needs unshare)', async () => {
  await workerOnTinyDisk('size=256k');
  await sandbox.enqueue(
    { id: 'fills', command: `head -c 1000000 /dev/zero | tr '\\0' x; echo $? > status; exit 0`, max_retries: 0 },
    { id: 'next', command: 'echo no room', max_retries: 0 },
  );
  expect(await sandbox.ended('fills')).toMatchObject({ state: 'completed', cause: null });
  expect(await lastAttempt('fills')).toMatchObject({ detail: DISK_WAS_FULL, outputBytes: 256 * 1024 });
  expect(await sandbox.ended('next')).toMatchObject({ state: 'dead', cause: 'exit:1' }); // the shell's echo could not write
  const shown = JSON.parse(await sandbox.must('show', '--json', 'next'));
  expect(shown.attempts[0]).toMatchObject({ output_truncated: true, output_bytes: 0, detail: DISK_WAS_FULL });
  expect(await sandbox.must('show', 'fills')).toContain(DISK_WAS_FULL);
  expect((await sandbox.run('logs', 'fills')).stderr).toContain(DISK_WAS_FULL);
});

test.skipIf(!canMount)('F16 where not even a file can be made the job runs without one (needs unshare)', async () => {
  await workerOnTinyDisk('size=1m,nr_inodes=1');
  const note = (word: string) => `echo ${word} | tee -a '${sandbox.ledger}'`;
  await sandbox.enqueue(
    { id: 'launched', command: note('one') },
    { id: 'spawned', type: 'shell', payload: { command: note('two'), stdin: 'x', split_output: true } },
  );
  expect(await sandbox.ended('launched')).toMatchObject({ state: 'completed' });
  expect(await sandbox.ended('spawned')).toMatchObject({ state: 'completed' });
  expect(sandbox.entries()).toEqual(['one', 'two']);
  expect(await lastAttempt('launched')).toMatchObject({ detail: NO_FILE_FITTED, outputBytes: null });
  const { output, note: told } = JSON.parse(await sandbox.must('logs', '--json', 'spawned'));
  expect({ output, told }).toEqual({ output: '', told: NO_FILE_FITTED });
});

test('a job may not print more than its own limit allows, and that is its failure', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'limited', command: 'ulimit -f 1; exec head -c 100000 /dev/zero', max_retries: 0 });
  expect(await sandbox.ended('limited')).toMatchObject({ state: 'dead', cause: 'signal:SIGXFSZ' });
  expect((await lastAttempt('limited')).detail).toBeNull();
});

const BOTH = 'echo out; echo err >&2; echo more';

test('standard error can be kept apart, however the job is started', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.must('enqueue', '--id', 'flag', '--split-output', '--', 'sh', '-c', BOTH);
  await sandbox.enqueue(
    { id: 'spawned', type: 'shell', payload: { command: BOTH, stdin: '', split_output: true } },
    { id: 'long', command: `echo out; head -c 70000 /dev/zero | tr '\\0' e >&2`, split_output: true },
    { id: 'silent', command: 'true', split_output: true },
    { id: 'together', command: BOTH },
  );
  for (const id of ['flag', 'spawned']) {
    await sandbox.ended(id);
    expect(await sandbox.must('logs', id)).toBe('out\nmore\n');
    expect(await sandbox.must('logs', '--stderr', id)).toBe('err\n');
    expect(await sandbox.must('logs', '--stderr', '--follow', id)).toBe('err\n');
    expect((await lastAttempt(id)).outputBytes).toBe(13);
  }
  await sandbox.ended('long');
  expect(await sandbox.must('logs', 'long')).toBe('out\n');
  expect(await sandbox.must('logs', '--stderr', 'long')).toBe('e'.repeat(70_000));
  await sandbox.ended('together');
  for (const args of [
    ['logs', '--stderr', 'together'],
    ['logs', '--stderr', '--follow', 'together'],
  ]) {
    const { code, stdout, stderr } = await sandbox.run(...args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('in the same stream');
  }
  const { number } = await (await sandbox.queue()).job('long');
  await until('the spent files to go', () => readdirSync(files.outputs).join() === `${number}.1.err`);
});

test('an adopted job keeps its standard error apart', async () => {
  await sandbox.must('worker', 'start');
  const gate = join(sandbox.folder, 'gate');
  const command = `echo err >&2; echo on >> '${sandbox.ledger}'; until test -e '${gate}'; do sleep 0.05; done; echo out`;
  await sandbox.enqueue({ id: 'orphan', command, split_output: true });
  await until('the job to start', () => sandbox.entries().length === 1);
  expect(await sandbox.must('logs', '--stderr', 'orphan')).toBe('err\n');
  await sandbox.must('worker', 'stop', '--leave');
  await sandbox.must('worker', 'start');
  writeFileSync(gate, '');
  await sandbox.ended('orphan');
  expect(await sandbox.must('logs', 'orphan')).toBe('out\n');
  expect(await sandbox.must('logs', '--stderr', 'orphan')).toBe('err\n');
  const { number } = await (await sandbox.queue()).job('orphan');
  await until('the spent files to go', () => !existsSync(join(files.outputs, `${number}.1.err`)));
});
