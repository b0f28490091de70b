// Choosing jobs, one by one and many at once, and changing them: the same grammar in all commands.
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = new Sandbox();
  onTestFinished(() => sandbox.remove());
});

const ids = async (...args: string[]) => (await sandbox.must('list', '--ids', ...args)).split('\n').filter(Boolean);
const json = async (...args: string[]) => JSON.parse(await sandbox.must(...args, '--json'));

/** Jobs 1 to 5, and one with a name, none of which anybody runs. */
async function six() {
  const jobs = [1, 2, 3, 4, 5].map((n) => ({ command: `sleep ${n}`, priority: n, queue: n > 3 ? 'b' : 'a' }));
  await sandbox.enqueue(...jobs.slice(0, 4));
  await sandbox.must('enqueue', JSON.stringify(jobs[4])); // this user's, and so is the next
  await sandbox.must('enqueue', '{"id":"six","command":"make all"}');
}

describe('which jobs', () => {
  test.each([
    [['@'], ['six']],
    [
      ['@~1', '@'],
      ['5', 'six'],
    ],
    [['2-3'], ['2', '3']],
    [
      ['2-3', '3', 'six', '6'],
      ['2', '3', 'six'],
    ],
    [['4-99'], ['4', '5', 'six']],
    [
      ['--where', 'priority >= 4'],
      ['4', '5'],
    ],
    [['1-4', '--queue', 'b'], ['4']],
    [['--where', 'command ~ make', '--state', 'pending'], ['six']],
  ])('%j', async (args, found) => {
    await six();
    expect(await ids(...args)).toEqual(found);
  });

  test('- reads ids from standard input, and nothing else does', async () => {
    await six();
    const piped = await sandbox.runWith({ stdin: '1 3\n\nsix\n' }, 'list', '--ids', '-');
    expect(piped).toMatchObject({ code: 0, stdout: '1\n3\nsix\n' });
    expect(await sandbox.runWith({ stdin: '' }, 'hold', '-')).toMatchObject({ code: 0, stderr: '0 jobs held\n' });
    expect(await ids('--state', 'held')).toEqual([]);
    expect((await sandbox.runWith({ stdin: '1' }, 'hold', '-', '-')).code).toBe(2);
  });

  test.each(['show', 'why'])('%s takes @ as well', async (command) => {
    await six();
    expect(await json(command, '@~1')).toMatchObject({ id: '5' });
  });

  test.each([
    [['@~6'], 3, 'no such job: @~6'],
    [['7-9'], 3, 'no such job: 7-9'],
    [['9-7'], 2, 'ends before it begins'],
    [['@x'], 2, 'cannot read "@x" as a job'],
    [['1', 'nobody'], 3, 'no such job: nobody'],
    [[], 2, 'which jobs?'],
    [['--all', '--queue', 'a'], 2, 'exclude each other'],
    [['1', '--all'], 2, 'exclude each other'],
    [['--where', 'prio > 5'], 2, 'no such field: prio'],
    [['--state', 'completed'], 2, 'completed jobs cannot be held so'],
    [['--since', 'yesterday'], 2, 'as a time'],
  ])('hold %j is refused, and nothing is held', async (args, code, said) => {
    await six();
    expect(await sandbox.run('hold', ...args)).toMatchObject({ code, stderr: expect.stringContaining(said) });
    expect(await ids('--state', 'held')).toEqual([]);
  });
});

describe('what becomes of them', () => {
  test('named jobs are changed together or not at all; a filter takes those that can be', async () => {
    await six();
    await sandbox.must('hold', '2');
    expect((await sandbox.run('hold', '1', '2')).code).toBe(4);
    expect(await ids('--state', 'held')).toEqual(['2']);
    expect(await sandbox.run('hold', '--queue', 'a')).toMatchObject({
      code: 0,
      stderr: '2 jobs held\nqueuectl undo takes it back\n',
    });
    expect(await json('release', '--all')).toMatchObject({ changed: 3, left: 0, ids: ['1', '2', '3'], dry_run: false });
  });

  test('a dry run shows which, and changes nothing', async () => {
    await six();
    const { code, stdout, stderr } = await sandbox.run('cancel', '--where', 'priority > 3', '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 jobs would be cancelled\n' });
    expect(stdout).toMatch(/^id .*\n4 .*sleep 4\n5 .*sleep 5\n$/);
    expect(await json('delete', '1-2', '--dry-run')).toMatchObject({ dry_run: true, changed: 2, ids: ['1', '2'] });
    expect(await ids('--state', 'pending')).toHaveLength(6);
  });

  test('update changes what it names', async () => {
    await six();
    await sandbox.must('update', '1', '--priority', '-7', '--queue', 'c', '--timeout', '90s', '--max-retries', '0');
    const changed = { priority: -7, queue: 'c', timeout_sec: 90, max_retries: 0 };
    expect(await json('show', '1')).toMatchObject(changed);
    await sandbox.must('update', '1', '--timeout', 'default', '--delay', '1h');
    const { timeout_sec, run_at, created_at, ...job } = await json('show', '1');
    expect(timeout_sec).toBeNull();
    expect(Date.parse(run_at) - Date.parse(created_at)).toBeGreaterThanOrEqual(3_600_000);
    expect(job.events).toMatchObject([{ what: 'updated', before: { priority: 1, queue: 'a' } }, { what: 'updated' }]);
  });

  test.each([
    [['update', '1'], 'what is to be changed?'],
    [['update', '1', '--priority', '1.5'], 'priority takes a whole number'],
    [['update', '1', '--priority', 'default'], 'priority takes a whole number'],
    [['update', '1', '--run-at', 'tomorrow'], 'as a time'],
    [['update', '1', '--delay', '1m', '--run-at', '+1m'], 'the same thing twice'],
    [['update', '1', '--queue', 'a b'], 'not a usable queue'],
    [['undo', 'x'], 'not the number of a change'],
  ])('%j is refused', async (args, said) => {
    await six();
    expect(await sandbox.run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) });
    expect((await json('show', '1')).events).toEqual([]);
  });

  test('undo takes back the last change, then the one before it, and says when there is none', async () => {
    await six();
    await sandbox.must('hold', '--queue', 'b');
    await sandbox.must('cancel', '--queue', 'a');
    expect(await sandbox.run('undo')).toMatchObject({ code: 0, stderr: '3 jobs no longer cancelled\n' });
    expect(await json('undo')).toMatchObject({ what: 'held', undone: 2, ids: ['4', '5'], moved_on: 0 });
    expect(await ids('--state', 'pending')).toHaveLength(6);
    expect(await sandbox.run('undo')).toMatchObject({ code: 4, stderr: expect.stringContaining('nothing to undo') });
    expect((await sandbox.run('undo', '999')).code).toBe(4);
    expect(await sandbox.must('show', '1')).toMatch(/cancelled by .*\n.*undone by /);
  });

  test('delete removes what has ended, and what waits when it is named; never what runs', async () => {
    await six();
    await sandbox.must('cancel', '1-2');
    expect(await json('delete', '--all')).toMatchObject({ changed: 2 });
    expect(await json('delete', '3', 'six')).toMatchObject({ changed: 2, change: null });
    expect(await ids()).toEqual(['4', '5']);
    expect((await sandbox.run('show', 'six')).code).toBe(3);
  });

  test('more than a thousand at once', async () => {
    const jobs = Array.from({ length: 2500 }, (_, n) => ({ command: 'true', priority: n % 2 }));
    await sandbox.enqueue(...jobs);
    expect(await sandbox.run('cancel', '--where', 'priority = 1')).toMatchObject({
      code: 0,
      stderr: '1250 jobs cancelled\nqueuectl undo takes it back\n',
    });
    expect(await json('undo')).toMatchObject({ undone: 1250 });
    expect(await json('delete', '1-2500')).toMatchObject({ changed: 2500 });
  });
});

describe('retry', () => {
  test('runs a completed job again as a new one, and prints its id', async () => {
    await sandbox.must('worker', 'start');
    await sandbox.enqueue({ id: 'job', command: 'echo "$QUEUECTL_JOB_ID"' });
    await sandbox.ended('job');
    const { code, stdout } = await sandbox.run('retry', 'job');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '2\n' });
    expect(await sandbox.ended('2')).toMatchObject({ state: 'completed', parent: 1 });
    expect(await sandbox.must('logs', '2')).toBe('2\n');
    expect(await json('retry', '--all')).toMatchObject({ changed: 0 });
    expect(await json('retry', '--state', 'completed')).toMatchObject({
      changed: 2,
      copies: [{ parent: 1 }, { parent: 2 }],
    });
  });

  test('of what runs is refused, with what to do', async () => {
    await sandbox.must('worker', 'start');
    await sandbox.enqueue({ id: 'runs', command: 'sleep 60' });
    await sandbox.job('runs', ({ state }) => state === 'processing');
    const { code, stderr } = await sandbox.run('retry', 'runs');
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('queuectl cancel runs') });
    await sandbox.must('cancel', 'runs');
  });
});

describe('wait', () => {
  test('takes ranges and filters, those that ended before too, and is 0 for none', async () => {
    await sandbox.must('worker', 'start');
    await sandbox.enqueue({ command: 'exit 3', max_retries: 0 }, { command: 'true' }, { command: 'true', queue: 'b' });
    expect((await sandbox.run('wait', '1-3')).code).toBe(3);
    expect((await sandbox.run('wait', '--queue', 'default')).code).toBe(3);
    expect(await sandbox.run('wait', '--queue', 'b')).toMatchObject({ code: 0, stdout: '3 completed\n' });
    expect((await sandbox.run('wait', '--where', 'queue = nowhere')).code).toBe(0);
    expect((await sandbox.runWith({ stdin: '1 2' }, 'wait', '-')).code).toBe(3);
  });
});
