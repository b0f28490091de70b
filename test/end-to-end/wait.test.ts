// A job's fate told to scripts: `wait`, `enqueue --wait`, `enqueue --follow`, `logs --follow --exit-status`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, type Result, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const file = (name: string) => join(sandbox.folder, name);
const onlyOnce = { max_retries: 0 };
/** Goes on until the test says so. */
const untilTold = (name: string) => `while ! test -e ${name}; do sleep 0.05; done`;
const tell = (name: string) => writeFileSync(file(name), '');

test('each fate has its exit code, while it is waited for and long after', async () => {
  const jobs: [id: string, code: number, line: string, request: object][] = [
    ['good', 0, 'good completed', { command: 'true' }],
    ['three', 3, 'three dead exit:3', { command: 'exit 3' }],
    ['killed', 137, 'killed dead signal:SIGKILL', { command: 'kill -9 $$' }],
    ['hung-up', 129, 'hung-up dead signal:SIGHUP', { command: 'kill -HUP $$' }],
    ['slow', 124, 'slow dead timeout', { command: 'sleep 600', timeout_sec: 0.1 }],
    ['missing', 127, 'missing dead not_found', { argv: ['no-such-program'] }],
    ['plain', 126, 'plain dead not_executable', { argv: ['/etc/passwd'] }],
    ['nowhere', 1, 'nowhere dead no_folder', { command: 'true', cwd: '/no/such/folder' }],
    ['two', 2, 'two dead exit:2', { command: 'exit 2' }],
    ['stopped', 125, 'stopped cancelled', { command: 'sleep 600', queue: 'nobody' }],
  ];
  await sandbox.enqueue(...jobs.map(([id, , , request]) => ({ id, ...onlyOnce, ...request })));
  const waits = jobs.map(([id]) => sandbox.run('wait', id));
  await sandbox.must('worker', 'start', '--queue', 'default');
  await sandbox.must('cancel', 'stopped');
  for (const [index, [id, code, line]] of jobs.entries()) {
    const { code: told, stdout } = await waits[index]!;
    expect([id, told, stdout]).toEqual([id, code, `${line}\n`]);
    expect(await sandbox.run('wait', id)).toEqual({ code, stdout: `${line}\n`, stderr: '' });
  }
  const all = await sandbox.run('wait', ...jobs.map(([id]) => id), 'good');
  expect(all.code).toBe(137);
  expect(all.stdout.trim().split('\n').sort()).toEqual(jobs.map(([, , line]) => line).sort());
});

test('a job that waits for its retry is waited for', async () => {
  await sandbox.must('worker', 'start');
  const work = `test -e failed || { touch failed; exit 7; }`;
  await sandbox.enqueue({ id: 'again', command: work, max_retries: 1, backoff_base: 0.2 });
  expect(await sandbox.run('wait', 'again')).toEqual({ code: 0, stdout: 'again completed\n', stderr: '' });
  expect((await (await sandbox.queue()).job('again')).attempt).toBe(2);
});

test('--any leaves with the first one to end, of those that have ended with the earliest', async () => {
  await sandbox.must('worker', 'start', '--concurrency', '3');
  await sandbox.enqueue({ id: 'first', command: untilTold('go'), ...onlyOnce });
  await sandbox.enqueue({ id: 'second', command: `${untilTold('never')}; exit 9`, ...onlyOnce });
  const waiting = sandbox.run('wait', '--any', 'second', 'first', '--json');
  await sandbox.job('second', ({ state }) => state === 'processing');
  tell('go');
  const { code, stdout } = await waiting;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    reason: 'job',
    exit_code: 0,
    ended: ['first'],
    jobs: [
      { id: 'second', state: 'processing', exit_code: null },
      { id: 'first', state: 'completed', exit_code: 0 },
    ],
  });
  tell('never');
  await sandbox.ended('second');
  expect(await sandbox.run('wait', '--any', 'second', 'first')).toMatchObject({ code: 0, stdout: 'first completed\n' });
});

test('a wait that timed out leaves with 124 and names what goes on; a reason tells it from a job that timed out', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'over', command: 'true' }, { id: 'open', command: untilTold('go') });
  await sandbox.ended('over');
  expect(await sandbox.run('wait', 'over', 'open', '--timeout', '200ms')).toEqual({
    code: 124,
    stdout: 'over completed\n',
    stderr: 'queuectl: not ended within 0.2 s: open\n  queuectl wait open waits on\n',
  });
  const byUs = await sandbox.run('wait', 'over', 'open', '--timeout', '0', '--json');
  expect({ ...byUs, stdout: JSON.parse(byUs.stdout) }).toMatchObject({
    code: 124,
    stderr: '',
    stdout: { reason: 'timeout', exit_code: 124, ended: ['over'], jobs: [{ exit_code: 0 }, { exit_code: null }] },
  });
  tell('go');
  await sandbox.enqueue({ id: 'slow', command: 'sleep 600', timeout_sec: 0.1, ...onlyOnce });
  const byJob = await sandbox.run('wait', 'slow', '--json');
  expect(byJob.code).toBe(124);
  expect(JSON.parse(byJob.stdout)).toMatchObject({ reason: 'job', exit_code: 124, jobs: [{ cause: 'timeout' }] });
});

test('an unknown id exits with 3, no id with 2, and nothing is waited for', async () => {
  await sandbox.enqueue({ id: 'open', command: 'true' });
  expect(await sandbox.run('wait', 'open', 'nobody')).toEqual({
    code: 3,
    stdout: '',
    stderr: 'queuectl: no such job: nobody\n  queuectl list shows the jobs there are\n',
  });
  const { code, stdout } = await sandbox.run('wait', '99', '--json');
  expect([code, JSON.parse(stdout).error.code]).toEqual([3, 'no_such_job']);
  expect(await sandbox.run('wait')).toMatchObject({ code: 2, stderr: expect.stringContaining('which jobs?') });
  expect(await sandbox.run('wait', 'open', '--timeout', 'soon')).toMatchObject({ code: 2 });
});

/** Starts it, interrupts it once it says that nobody serves the queue, and waits for its end. */
async function interrupted(...args: string[]): Promise<Result> {
  const child = sandbox.start(args);
  const result = ended(child);
  let said = '';
  child.stderr!.on('data', (text) => (said += text));
  await until('it to wait', () => said.includes('no worker serves'));
  child.kill('SIGINT');
  return result;
}

test('Ctrl-C ends the wait with 130 and says that the job goes on, which it does', async () => {
  await sandbox.enqueue({ id: 'job-0', command: 'true' });
  const waits: [args: string[], said: string, printed: string][] = [
    [['wait', 'job-0'], 'job job-0 goes on\n', ''],
    [['enqueue', '--wait', '--id', 'job-1', '--', 'true'], 'job job-1 goes on\n', 'job-1\n'],
    [['enqueue', '--follow', '--id', 'job-2', '--', 'true'], 'job job-2 goes on\n', ''],
    [['wait', 'job-0', 'job-1'], 'the 2 jobs go on\n', ''],
  ];
  for (const [args, said, printed] of waits) {
    const { code, stdout, stderr } = await interrupted(...args);
    expect([args, code, stdout]).toEqual([args, 130, printed]);
    expect(stderr).toContain(`queuectl: interrupted; ${said}`);
  }
  await sandbox.must('worker', 'start');
  expect((await sandbox.run('wait', 'job-0', 'job-1', 'job-2')).code).toBe(0);
});

test('Ctrl-C under --json leaves one document, or the last one of a stream', async () => {
  await sandbox.enqueue({ id: 'open', command: 'true' });
  const error = { error: { code: 'interrupted', exit_code: 130 } };
  const one = await interrupted('wait', 'open', '--json');
  expect([one.code, JSON.parse(one.stdout)]).toMatchObject([130, error]);
  const stream = await interrupted('enqueue', '--follow', '--json', '--', 'true');
  expect([stream.code, JSON.parse(stream.stdout.trim().split('\n').at(-1)!)]).toMatchObject([130, error]);
});

test('whoever would wait in vain is told so', async () => {
  const note = 'no worker serves the queue mail; start one: queuectl worker start --queue mail\n';
  await sandbox.enqueue({ id: 'open', command: 'true', queue: 'mail' });
  expect((await sandbox.run('wait', 'open', '--timeout', '0')).stderr).toMatch(note);
  expect((await sandbox.run('wait', 'open', '--timeout', '0', '--json')).stderr).toBe(note);
  const { code, stdout, stderr } = await sandbox.run(
    'enqueue',
    '--wait',
    '--wait-timeout',
    '0',
    '--queue',
    'mail',
    '--',
    'true',
  );
  expect([code, stdout]).toEqual([124, '2\n']);
  expect(stderr).toContain(note);
});

test('enqueue --wait prints the id and exits as the job did', async () => {
  await sandbox.must('worker', 'start');
  const plain = await sandbox.run('enqueue', '--wait', '{"id":"a","command":"echo unseen; exit 5","max_retries":0}');
  expect(plain).toEqual({ code: 5, stdout: 'a\n', stderr: '' });
  const { code, stdout } = await sandbox.run('enqueue', '--wait', '--json', '--id', 'b', '--', 'true');
  expect([code, JSON.parse(stdout)]).toMatchObject([
    0,
    { id: 'b', queue: 'default', reason: 'job', exit_code: 0, job: { id: 'b', state: 'completed' } },
  ]);
  expect(await sandbox.run('enqueue', '--wait-timeout', '5', '--', 'true')).toMatchObject({ code: 2, stdout: '' });
  expect(await sandbox.run('enqueue', '--wait', '--follow', '--', 'true')).toMatchObject({ code: 2, stdout: '' });
  expect(await sandbox.must('list', '--ids')).toBe('a\nb\n');
});

test('enqueue --follow prints nothing but output to standard output, over retries, and exits as the job did', async () => {
  await sandbox.must('worker', 'start');
  const request = { id: 'twice', command: 'echo try $QUEUECTL_TRY; exit 6', max_retries: 1, backoff_base: 0.2 };
  const { code, stdout, stderr } = await sandbox.run('enqueue', '-f', JSON.stringify(request));
  expect([code, stdout]).toEqual([6, 'try 1\ntry 2\n']);
  expect(stderr.split('\n')[0]).toBe('twice');
  expect(stderr).toContain('attempt 1 of job twice ended: exit 6');
});

test('enqueue --follow prints while the job runs', async () => {
  await sandbox.must('worker', 'start');
  const child = sandbox.start(['enqueue', '--follow', '--', 'sh', '-c', `echo early; ${untilTold('go')}; echo late`]);
  const [early] = await once(child.stdout!.setEncoding('utf8'), 'data');
  expect(early).toBe('early\n');
  tell('go');
  expect(await ended(child)).toMatchObject({ code: 0, stdout: 'late\n' });
});

test('enqueue --follow --json is a stream of documents, the last of which tells the fate', async () => {
  await sandbox.must('worker', 'start');
  const request = { id: 'j', command: "printf 'caf\\303'; sleep 0.5; printf '\\251\\n'; exit 124", max_retries: 0 };
  const { code, stdout } = await sandbox.run('enqueue', '--follow', '--json', JSON.stringify(request));
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(124);
  expect(lines[0]).toEqual({ event: 'enqueued', id: 'j', queue: 'default' });
  expect(lines.at(-1)).toMatchObject({
    event: 'ended',
    reason: 'job',
    exit_code: 124,
    job: { id: 'j', cause: 'exit:124' },
  });
  const output = lines.filter(({ event }) => event === 'output').map((line) => line.output);
  expect(output.join('')).toBe('café\n');
});

test('a stream whose time is over ends with that, though the job prints on', async () => {
  await sandbox.must('worker', 'start');
  const work = `while ! test -e go; do echo more; done`;
  const args = ['enqueue', '--follow', '--json', '--wait-timeout', '1s', '--id', 'chatty', '--', 'sh', '-c', work];
  const { code, stdout } = await sandbox.run(...args);
  tell('go');
  expect(code).toBe(124);
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!);
  expect(last).toMatchObject({ event: 'ended', reason: 'timeout', exit_code: 124, job: { id: 'chatty' } });
  expect(await sandbox.ended('chatty')).toMatchObject({ state: 'completed' });
});

test('a reader that goes away ends the stay quietly, and the job goes on', async () => {
  await sandbox.must('worker', 'start');
  const job = `echo one; touch begun; ${untilTold('go')}; echo two`;
  const line = `"$0" "$1" enqueue --follow --id piped -- sh -c '${job}' | head -1; echo "\${PIPESTATUS[0]}"`;
  const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
  const shell = spawn('bash', ['-c', line, process.execPath, program], { cwd: sandbox.folder, env: sandbox.env() });
  const result = ended(shell);
  await until('it to run', () => existsSync(file('begun')));
  tell('go');
  expect(await result).toMatchObject({ stdout: 'one\n0\n', stderr: expect.not.stringContaining('Error') });
  expect(await sandbox.ended('piped')).toMatchObject({ state: 'completed' });
});

test('logs --follow --exit-status exits as the job did', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'bad', command: 'echo said; exit 9', ...onlyOnce });
  expect(await sandbox.run('logs', '-f', '--exit-status', 'bad')).toMatchObject({ code: 9, stdout: 'said\n' });
  expect(await sandbox.run('logs', '-f', 'bad')).toMatchObject({ code: 0, stdout: 'said\n' });
  expect(await sandbox.run('logs', '--exit-status', 'bad')).toMatchObject({ code: 2, stdout: '' });
});

test('show names folder and variables, and keeps secrets to itself', async () => {
  const env = { API_TOKEN: 'hush-1', DATABASE_URL: 'postgres://me:hush-2@db/app', MODE: 'fast' };
  await sandbox.enqueue({ id: 'a', command: 'true', env });
  const text = await sandbox.must('show', 'a');
  const json = await sandbox.must('show', 'a', '--json');
  expect(text).toMatch(/env +API_TOKEN=\*\*\*\nenv +DATABASE_URL=\*\*\*\nenv +MODE=fast\n/);
  expect(JSON.parse(json)).toMatchObject({
    cwd: sandbox.folder,
    umask: '0022',
    env: { API_TOKEN: '***', DATABASE_URL: '***', MODE: 'fast' },
  });
  expect(text + json).not.toContain('hush');
  const refused = await sandbox.run('enqueue', '{"command":"true","env":{"API_TOKEN":4711}}');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('env.API_TOKEN takes text, not "***"') });
});
