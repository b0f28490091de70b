// What the reading commands say about jobs that a real worker ran.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, Sandbox, until } from '../sandbox.js';
import { checkOutput } from '../schemas.js';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.must('worker', 'start');
  await sandbox.enqueue(
    { id: 'good', command: 'echo out; echo err >&2' },
    { id: 'bad', argv: ['sh', '-c', 'printf "\\033[31mred\\033[0m\\033]0;title\\007\\n"; exit 3'], max_retries: 0 },
    { id: 'flaky', queue: 'q2', command: 'test "$QUEUECTL_ATTEMPT" = 2', backoff_base: 0.01 },
    { id: 'unknown', command: 'invalidcmd', max_retries: 0, priority: 5 },
  );
  await sandbox.enqueue({ id: 'later', command: 'true', delay: '1h' }, { command: 'echo "a\nb,c"', delay: '1h' });
  for (const id of ['good', 'bad', 'flaky', 'unknown']) await sandbox.ended(id);
});
afterAll(() => sandbox.remove());

const lines = async (...args: string[]) => (await sandbox.must(...args)).trimEnd().split('\n');
const json = async (...args: string[]) => JSON.parse(await sandbox.must(...args, '--json'));

describe('list', () => {
  test('is a table of all jobs', async () => {
    const shown = await lines('list');
    expect(shown[0]).toMatch(/^id +state +queue +attempt +changed +reason +command$/);
    expect(shown[2]).toMatch(/^bad +dead +default +1 .* exit 3 +sh -c 'printf/);
    expect(shown).toHaveLength(7);
  });

  test.each([
    [
      ['--state', 'completed'],
      ['good', 'flaky'],
    ],
    [
      ['--state', 'processed'],
      ['good', 'flaky'],
    ],
    [
      ['--state', 'pending'],
      ['later', '6'],
    ],
    [
      ['--state', 'dead,pending', '--limit', '2'],
      ['bad', 'unknown'],
    ],
    [
      ['--state', 'dead', '--state', 'completed', '--reverse'],
      ['unknown', 'flaky', 'bad', 'good'],
    ],
    [['--queue', 'q2'], ['flaky']],
    [['--sort', 'priority', '--reverse', '--limit', '1'], ['unknown']],
    [
      ['--since', '1h', '--type', 'shell', '--state', 'dead'],
      ['bad', 'unknown'],
    ],
    [['--since', '2100-01-01T00:00:00Z'], []],
    [['--state', 'held'], []],
  ])('%j', async (flags, ids) => {
    expect((await sandbox.must('list', '--ids', ...flags)).split('\n').filter(Boolean)).toEqual(ids);
  });

  test('says on standard error when there is more', async () => {
    const { stdout, stderr } = await sandbox.run('list', '--limit', '1', '--ids');
    expect({ stdout, stderr }).toEqual({ stdout: 'good\n', stderr: 'the first 1 jobs; --limit N shows more\n' });
  });

  test('writes CSV that can be read back', async () => {
    const text = await sandbox.must('list', '--state', 'pending', '--csv', '--columns', 'id,priority,command');
    expect(text).toBe('id,priority,command\nlater,0,true\n6,0,"echo ""a\nb,c"""\n');
  });

  test('as JSON it says whether there is more', async () => {
    const { jobs, more } = await json('list', '--state', 'dead', '--limit', '1');
    expect(jobs[0]).toMatchObject({ id: 'bad', state: 'dead', cause: 'exit:3', reason: 'exit 3', attempt: 1 });
    expect(more).toBe(true);
  });
});

describe('status and metrics', () => {
  test('status is a table of the states, the average duration and the workers', async () => {
    const [first, , ...rest] = await lines('status');
    expect(first).toMatch(/^pending 2 +processing 0 +completed 2 +failed 0 +dead 2 \(dlq\) +average [\d.]+ s$/);
    expect(rest.at(-1)).toMatch(/^worker-1 +idle +up \d+ s/);
  });

  test('status as JSON', async () => {
    const status = await json('status');
    expect(status.counts).toMatchObject({ pending: 2, completed: 2, dead: 2 });
    expect(status).toMatchObject({ dlq: 2, workers: [{ name: 'worker-1', state: 'running', jobs: [] }] });
  });

  test('metrics of each worker', async () => {
    const metrics = await json('metrics');
    expect(metrics.last_hour).toMatchObject({ succeeded: 2, failed_attempts: 3, lost_attempts: 0 });
    expect(metrics.throughput_per_minute).toBeGreaterThanOrEqual(1);
    expect(metrics.workers).toMatchObject([{ name: 'worker-1', completed: 2, failed_attempts: 3, dead: 2 }]);
    expect(await sandbox.must('metrics')).toMatch(
      /worker +heartbeat +uptime +completed +failed +dead +cpu +memory\nworker-1/,
    );
  });
});

describe('show and logs', () => {
  test('show tells a job and its timeline', async () => {
    const text = await sandbox.must('show', 'flaky');
    expect(text).toMatch(/^id +flaky\n/);
    expect(text).toMatch(/enqueued\n.*attempt 1 started on worker-1\n.*attempt 1 failed after .*: exit 1\n/);
    expect(text).toMatch(/attempt 2 succeeded after [\d.]+ s\n$/);
  });

  test('show finds a job by its number, too', async () => {
    expect(await json('show', '4')).toMatchObject({ id: 'unknown', number: 4, reason: 'command not found' });
  });

  test('logs are byte for byte in a pipe', async () => {
    expect(await sandbox.must('logs', 'good')).toBe('out\nerr\n');
    expect(await sandbox.must('logs', 'bad')).toBe('\x1b[31mred\x1b[0m\x1b]0;title\x07\n');
    expect(await json('logs', 'good')).toEqual({ id: 'good', attempt: 1, output: 'out\nerr\n', note: null });
  });

  test('logs of an attempt', async () => {
    expect(await sandbox.run('logs', 'flaky', '--attempt', '1')).toMatchObject({ code: 0, stdout: '' });
    expect(await sandbox.run('logs', 'flaky', '--attempt', '9')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('job flaky has no attempt 9'),
    });
  });

  test('logs of a job that has not started', async () => {
    expect(await sandbox.run('logs', 'later')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'job later has not started yet\n',
    });
  });

  test('logs --follow goes on over a retry until the job has ended', async () => {
    const gate = join(sandbox.folder, 'gate');
    const wait = `until test -e ${gate}$QUEUECTL_ATTEMPT; do sleep 0.02; done`;
    const command = `echo "begin $QUEUECTL_ATTEMPT"; ${wait}; echo end; test "$QUEUECTL_ATTEMPT" = 2`;
    await sandbox.enqueue({ id: 'slow', command, backoff_base: 0.1 });
    const child = sandbox.start(['logs', '-f', 'slow']);
    const following = ended(child);
    let seen = '';
    child.stdout?.on('data', (chunk) => (seen += chunk));
    for (const attempt of [1, 2]) {
      await until(`attempt ${attempt} to be followed`, () => seen.includes(`begin ${attempt}`));
      writeFileSync(`${gate}${attempt}`, '');
    }
    const { code, stdout, stderr } = await following;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'begin 1\nend\nbegin 2\nend\n' });
    expect(stderr).toContain('attempt 1 of job slow ended: exit 1');
  });

  test('logs --follow prints output as it comes', async () => {
    await sandbox.enqueue({ id: 'gated', command: `echo first; until test -e go; do sleep 0.02; done` });
    const child = sandbox.start(['logs', '--follow', 'gated']);
    let seen = '';
    child.stdout?.on('data', (chunk) => (seen += chunk));
    const over = ended(child);
    await until('the first line', () => seen === 'first\n');
    await sandbox.enqueue({ command: 'touch go', priority: 1 });
    await sandbox.must('worker', 'start', '--count', '2');
    expect((await over).code).toBe(0);
  });

  test('logs --follow --json is a stream of documents, also over a retry, the last of which tells the fate', async () => {
    const gate = join(sandbox.folder, 'told');
    const command = `echo "try $QUEUECTL_ATTEMPT"; until test -e ${gate}; do sleep 0.02; done; test "$QUEUECTL_ATTEMPT" = 2`;
    await sandbox.enqueue({ id: 'again', command, backoff_base: 0.1 });
    const args = ['logs', '-f', 'again', '--json', '--exit-status'];
    const child = sandbox.start(args);
    child.stdout?.once('data', () => writeFileSync(gate, ''));
    const { code, stdout } = await ended(child);
    checkOutput(args, stdout);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    const output = lines.filter(({ event }) => event === 'output').map((line) => line.output);
    expect(output.join('')).toBe('try 1\ntry 2\n');
    expect(lines.map(({ event }) => event)).toContain('note');
    expect(lines.at(-1)).toMatchObject({
      event: 'ended',
      reason: 'job',
      exit_code: 0,
      job: { id: 'again', attempt: 2 },
    });
    expect(lines.filter(({ event }) => event === 'ended')).toHaveLength(1);
  });

  test('of one attempt it tells no fate', async () => {
    const { code, stdout } = await sandbox.run('logs', '-f', 'again', '--attempt', '1', '--json');
    expect({
      code,
      lines: stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    }).toEqual({
      code: 0,
      lines: [{ event: 'output', output: 'try 1\n' }],
    });
  });
});
