// What a running job gets, and how its end is told. One worker with several slots serves all of these tests.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.must('worker', 'start', '--concurrency', '4');
  const queue = await sandbox.queue();
  await queue.setSetting('kill_grace_sec', '1');
});
afterAll(() => sandbox.remove());

async function output(id: string): Promise<string> {
  const found = await (await sandbox.queue()).output(id, null);
  const chunks: Buffer[] = [];
  for await (const chunk of found!.chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function attempts(id: string) {
  return (await (await sandbox.queue()).details(id)).attempts;
}

test('a command string runs in sh, words run as they are', async () => {
  const odd = ['a b', "it's", '"q"', '$HOME', '*', '\\', 'new\nline', '', '-n', 'é😀'];
  await sandbox.enqueue(
    { id: 'string', command: 'printf "%s|" $((1 + 1)) "$0"' },
    { id: 'words', argv: ['printf', '[%s]', ...odd] },
  );
  expect(await sandbox.ended('string')).toMatchObject({ state: 'completed' });
  expect(await sandbox.ended('words')).toMatchObject({ state: 'completed' });
  expect(await output('string')).toMatch(/^2\|/);
  expect(await output('words')).toBe(odd.map((word) => `[${word}]`).join(''));
});

test('a job runs where it was enqueued, with the umask and the variables of there', async () => {
  const folder = join(sandbox.folder, "it's a folder");
  mkdirSync(folder);
  const queue = await sandbox.queue();
  const { checkRequest } = await import('../../src/job/request.js');
  const caller = {
    host: 'elsewhere',
    uid: null,
    cwd: folder,
    umask: 0o027,
    env: { PATH: '/usr/bin:/bin', LANG: 'C', HOME: '/nowhere' },
  };
  await queue.enqueue(
    [checkRequest({ id: 'there', command: 'pwd; umask; env | sort', env: { EXTRA: 'a=b c' } })],
    caller,
  );
  await sandbox.ended('there');
  const lines = (await output('there')).split('\n');
  expect(lines.slice(0, 2)).toEqual([folder, '0027']);
  expect(lines).toEqual(
    expect.arrayContaining(['PATH=/usr/bin:/bin', 'LANG=C', 'EXTRA=a=b c', `HOME=${sandbox.folder}`]),
  );
  expect(lines).toEqual(
    expect.arrayContaining(['QUEUECTL_JOB_ID=there', 'QUEUECTL_ATTEMPT=1', 'QUEUECTL_TRY=1', 'QUEUECTL_MAX_TRIES=4']),
  );
  const { location } = (await sandbox.queue()).database; // without a password
  expect(lines).toEqual(
    expect.arrayContaining(['QUEUECTL_QUEUE=default', 'QUEUECTL_WORKER=worker-1', `QUEUECTL_DB=${location}`]),
  );
});

test('a job reads nothing from a terminal, or the text it was given', async () => {
  await sandbox.enqueue(
    { id: 'no-input', argv: ['cat'] },
    { id: 'input', type: 'shell', payload: { argv: ['cat'], stdin: 'first\nsecond' } },
  );
  await sandbox.ended('no-input');
  await sandbox.ended('input');
  expect(await output('no-input')).toBe('');
  expect(await output('input')).toBe('first\nsecond');
});

test('output is kept in the order it came, and a long one keeps its file, head and tail', async () => {
  await sandbox.enqueue(
    { id: 'both', command: 'echo one; echo two >&2; echo three' },
    { id: 'long-output', command: 'i=0; while test $i -lt 20000; do echo "line $i"; i=$((i + 1)); done' },
  );
  await sandbox.ended('both');
  await sandbox.ended('long-output');
  expect(await output('both')).toBe('one\ntwo\nthree\n');
  const whole = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
  expect(await output('long-output')).toBe(whole);
  const [attempt] = await attempts('long-output');
  expect(attempt!.outputBytes).toBe(whole.length);
  rmSync(join((await sandbox.queue()).files.outputs, attempt!.outputFile!));
  const stored = await output('long-output');
  expect(stored.startsWith('line 0\n')).toBe(true);
  expect(stored.endsWith('line 19999\n')).toBe(true);
  expect(stored.length).toBeLessThan(70_000);
});

test.each([
  ['exits', 'exit 3', 'exit:3', 3],
  ['dies of a signal', 'kill -SEGV $$', 'signal:SIGSEGV', 139],
  ['is not there', 'no-such-command-anywhere', 'not_found', 127],
  ['is not executable', '/etc/passwd', 'not_executable', 126],
])('F50 the cause tells how a command ended that %s', async (what, command, cause, exitCode) => {
  const id = what.replaceAll(' ', '-');
  await sandbox.enqueue({ id, command, max_retries: 0 });
  expect(await sandbox.ended(id)).toMatchObject({ state: 'dead', cause });
  expect(await attempts(id)).toMatchObject([{ outcome: 'failed', cause, exitCode }]);
});

test.each([
  ['is not there', ['no-such-command-anywhere'], 'not_found', 127],
  ['is not there, by its path', ['/no/such/command'], 'not_found', 127],
  ['is not executable', ['/etc/passwd'], 'not_executable', 126],
  ['is a folder', ['/etc'], 'not_executable', 126],
])('F50 the cause tells of a command without a shell that it %s', async (what, argv, cause, exitCode) => {
  const id = `argv-${what.replaceAll(/\W+/g, '-')}`;
  await sandbox.enqueue({ id, argv, max_retries: 0 });
  expect(await sandbox.ended(id)).toMatchObject({ state: 'dead', cause });
  expect(await attempts(id)).toMatchObject([{ outcome: 'failed', cause, exitCode }]);
});

test('F50 a file in place of the folder is told as a folder that is missing', async () => {
  await sandbox.enqueue({ id: 'in-a-file', command: 'true', cwd: '/etc/passwd', max_retries: 0 });
  expect(await sandbox.ended('in-a-file')).toMatchObject({ state: 'dead', cause: 'no_folder' });
});

test('F50 a missing folder is not reported as a missing command', async () => {
  await sandbox.enqueue({ id: 'nowhere', argv: ['true'], cwd: '/no/such/folder', max_retries: 0 });
  expect(await sandbox.ended('nowhere')).toMatchObject({ state: 'dead', cause: 'no_folder' });
});

test('a job that fails twice succeeds at its third try, after growing delays', async () => {
  await sandbox.enqueue({
    id: 'third-time',
    command: 'echo try $QUEUECTL_TRY; test $QUEUECTL_TRY = 3',
    backoff_base: 0.5,
  });
  expect(await sandbox.ended('third-time')).toMatchObject({ state: 'completed', attempt: 3, failures: 2 });
  const [first, second, third] = await attempts('third-time');
  expect(second!.startedAt - first!.finishedAt!).toBeGreaterThanOrEqual(499);
  expect(third!.startedAt - second!.finishedAt!).toBeGreaterThanOrEqual(249);
  expect(await output('third-time')).toBe('try 3\n');
});

test('F06 F08 a timeout ends the whole tree, deaf and escaped processes included', async () => {
  const pids = join(sandbox.folder, 'tree');
  const deaf = `trap '' TERM INT HUP; echo $$ >> ${pids}; while :; do sleep 0.2; done`;
  await sandbox.enqueue({
    id: 'tree',
    command: `setsid sh -c "${deaf.replaceAll('$', '\\$')}" & (${deaf}) & ${deaf}`,
    timeout_sec: 1,
    max_retries: 0,
  });
  expect(await sandbox.ended('tree')).toMatchObject({ state: 'dead', cause: 'timeout' });
  const told = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
  expect(told.length).toBe(3);
  await until('the tree to be gone', () => told.every((pid) => !isAlive(pid)));
  expect(await attempts('tree')).toMatchObject([{ outcome: 'timed_out' }]);
});

test('F09 a grandchild that keeps the output open does not delay the outcome', async () => {
  await sandbox.enqueue({ id: 'leaves-child', command: `sleep 600 & echo $! > ${sandbox.folder}/child` });
  const job = await sandbox.ended('leaves-child');
  const child = Number(readFileSync(join(sandbox.folder, 'child'), 'utf8'));
  expect(isAlive(child)).toBe(true); // it was put into the background on purpose
  process.kill(child, 'SIGKILL');
  expect(job.state).toBe('completed');
});

test('F30 a timeout of 30 days does not fire at once', async () => {
  await sandbox.enqueue({ id: 'patient', argv: ['sleep', '0.2'], timeout_sec: 30 * 86_400 });
  expect(await sandbox.ended('patient')).toMatchObject({ state: 'completed' });
});

test('nothing of an attempt is left beside the database once it is stored', async () => {
  await sandbox.enqueue({ id: 'tidy', argv: ['echo', 'tidy'] });
  const { number } = await sandbox.ended('tidy');
  const { files } = await sandbox.queue();
  await until('its file to go', () => !existsSync(files.output(number, 1)));
});
