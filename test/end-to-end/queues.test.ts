// Queues that are paused and resumed: real workers leave them alone at once, and everybody who looks is told.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { IntakeStore } from '../../src/storage/intake.js';
import { linkPlugin } from '../plugin.js';
import { ended, Sandbox, until } from '../sandbox.js';
import { newJob } from '../storage/backend.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const json = async (...args: string[]) => JSON.parse(await sandbox.must(...args, '--json'));
const standing = async (name: string) =>
  (await json('queue', 'list')).queues.find((queue: { name: string }) => queue.name === name);

test('a paused queue starts nothing, what runs goes on, and resuming starts the rest at once', async () => {
  await sandbox.must('config', 'set', 'worker_poll_interval', '3600'); // nobody looks by himself
  await sandbox.must('worker', 'start', '--count', '2');
  await sandbox.enqueue({ id: 'running', command: 'while ! test -e go; do sleep 0.05; done', queue: 'mail' });
  await sandbox.job('running', ({ state }) => state === 'processing');
  expect(await sandbox.run('queue', 'pause', 'mail')).toEqual({ code: 0, stdout: '', stderr: 'queue mail paused\n' });
  await sandbox.enqueue({ id: 'waiting', command: 'true', queue: 'mail' });
  await sandbox.enqueue({ id: 'other', command: 'touch go' });
  expect(await sandbox.ended('other')).toMatchObject({ state: 'completed' });
  expect(await sandbox.ended('running')).toMatchObject({ state: 'completed' });
  // Both workers have taken turns since: with what ended, and with what they were woken for.
  await sandbox.enqueue({ id: 'next', command: 'true' });
  await sandbox.ended('next');
  expect(await (await sandbox.queue()).job('waiting')).toMatchObject({ state: 'pending', attempt: 0 });
  expect(await sandbox.run('queue', 'resume', 'mail')).toEqual({ code: 0, stdout: '', stderr: 'queue mail resumed\n' });
  expect(await sandbox.ended('waiting')).toMatchObject({ state: 'completed' });
});

/** Quick at first, so that many are claimed ahead; then each takes a while. */
const TYPES = `
let ran = 0;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export default () => [{ name: 'tiny', load: async () => ({
  parse: (input) => input,
  run: async () => { ran += 1; if (ran > 2000) await pause(200); },
}) }];
`;

test('jobs that a worker has claimed ahead are given back', async () => {
  linkPlugin(sandbox, 'queuectl-plugin-tiny', TYPES);
  const queue = await sandbox.queue();
  const jobs = Array.from({ length: 1000 }, () => newJob({ type: 'tiny', payload: Buffer.from('{}') }));
  for (const token of ['a', 'b', 'c']) await new IntakeStore(queue.database).insert(jobs, token);
  const count = async (state: 'completed' | 'processing' | 'pending') => (await queue.overview()).counts[state];
  await sandbox.must('worker', 'start');
  await until('the slow ones', async () => (await count('completed')) > 2000);
  await sandbox.must('queue', 'pause', 'default');
  await until('nothing to run', async () => (await count('processing')) === 0);
  expect(await count('pending')).toBeGreaterThan(500);
});

test('queue list shows what is in each, who paused it and who serves it', async () => {
  expect(await sandbox.run('queue', 'list')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'no queue has jobs or is paused\n',
  });
  await sandbox.must('worker', 'start', '--queue', 'mail,builds');
  await sandbox.enqueue({ id: 'a', command: 'true', queue: 'idle' }, { command: 'true', queue: 'idle', delay: '1h' });
  await sandbox.must('queue', 'pause', 'idle', 'empty');
  const { queues } = await json('queue', 'list');
  expect(queues).toMatchObject([
    { name: 'builds', workers: ['worker-1'], paused_at: null, paused_by: null, oldest_waiting: null },
    { name: 'empty', workers: [], paused_at: expect.stringMatching(/Z$/), paused_by: expect.stringContaining('@') },
    { name: 'idle', counts: { pending: 2 }, oldest_waiting: { id: 'a', since: expect.stringMatching(/Z$/) } },
    { name: 'mail', counts: { pending: 0 } },
  ]);
  const lines = (await sandbox.must('queue', 'list')).split('\n');
  expect(lines[0]).toMatch(/^queue +pending +oldest waiting +workers +paused$/);
  expect(lines[3]).toMatch(/^idle +2 .*\(a\) .* by \S+@/);
});

test('pausing twice says so, a name that nobody used gets a note, and --all means those that there are', async () => {
  await sandbox.enqueue({ command: 'true', queue: 'mail' }, { command: 'true' });
  expect(await sandbox.run('queue', 'pause', 'maill', 'mail', 'mail')).toEqual({
    code: 0,
    stdout: '',
    stderr: 'queue maill paused\nqueue mail paused\nno job was ever in the queue maill; did you mean mail?\n',
  });
  expect(await sandbox.run('queue', 'pause', 'mail')).toMatchObject({
    code: 0,
    stderr: 'queue mail was paused before\n',
  });
  expect(await json('queue', 'pause', '--all')).toEqual({
    paused: ['default'],
    unchanged: ['mail', 'maill'],
    notes: [],
  });
  expect(await json('queue', 'resume', 'mail', 'x')).toEqual({
    resumed: ['mail'],
    unchanged: ['x'],
    notes: ['no job was ever in the queue x'],
  });
  expect(await sandbox.run('queue', 'resume', '--all')).toMatchObject({
    code: 0,
    stderr: 'queue default resumed\nqueue maill resumed\n',
  });
  expect(await sandbox.run('queue', 'resume', '--all')).toMatchObject({
    code: 0,
    stderr: 'no queue is there to be resumed\n',
  });
  expect((await standing('maill'))?.paused_at ?? null).toBeNull();
});

test('names are needed, and usable ones', async () => {
  for (const what of ['pause', 'resume']) {
    expect(await sandbox.run('queue', what)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('which queues?'),
    });
    expect(await sandbox.run('queue', what, 'a b')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"a b"'),
    });
    expect(await sandbox.run('queue', what, 'a', '--all')).toMatchObject({ code: 2, stdout: '' });
  }
  expect(await sandbox.run('queue', 'list')).toMatchObject({ stdout: '' });
});

test('status, why, wait and whoever stays are told of the pause', async () => {
  await sandbox.enqueue({ id: 'a', command: 'true', queue: 'mail' });
  await sandbox.must('queue', 'pause', 'mail');
  expect(await sandbox.must('status')).toMatch(/^mail +1 +paused$/m);
  expect((await json('status')).queues).toMatchObject([{ name: 'mail', paused_at: expect.any(String) }]);
  const why = await json('why', 'a');
  expect(why).toMatchObject({ code: 'paused', command: 'queuectl queue resume mail' });
  expect(await sandbox.must('why', 'a')).toMatch(
    /^job a waits: its queue mail is paused by \S+\n {2}queuectl queue resume/,
  );
  const note = /^the queue mail is paused by \S+; resume it: queuectl queue resume mail\n/;
  expect(await sandbox.run('wait', 'a', '--timeout', '0')).toMatchObject({
    code: 124,
    stderr: expect.stringMatching(note),
  });
  const staying = sandbox.start([
    'enqueue',
    '--wait',
    '--id',
    'b',
    '--queue',
    'mail',
    '--max-retries',
    '0',
    '--',
    'sh',
    '-c',
    'exit 7',
  ]);
  const result = ended(staying);
  let said = '';
  staying.stderr!.on('data', (text) => (said += text));
  await until('the note', () => note.test(said));
  await sandbox.must('worker', 'start');
  await sandbox.must('queue', 'resume', 'mail');
  expect(await result).toMatchObject({ code: 7 });
});
