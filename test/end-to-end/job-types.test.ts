// Job types of plugins, from enqueue to outcome, with real workers.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import { isAlive, ON_SERVER, PROGRAM, Sandbox, until } from '../sandbox.js';

/** What the handlers note, beside their output. */
const TYPES = (notes: string) => `
import { appendFileSync } from 'node:fs';
const note = (text) => appendFileSync(${JSON.stringify(notes)}, text + '\\n');
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const any = (input) => input ?? {};
const type = (name, handler) => ({ name, load: async () => ({ parse: any, ...handler }) });
const block = (ms) => { for (const until = Date.now() + ms; Date.now() < until; ); };

export default () => [
  type('greet', {
    parse({ name } = {}) {
      if (!name) throw new Error('whom to greet?');
      return { name };
    },
    describe: ({ name }) => 'greet ' + name,
    defaults: { queue: 'greetings', max_retries: 7 },
    async run({ name }, context) {
      console.log('printed');
      context.log('hello ' + name + ', attempt ' + context.attempt);
      const made = await context.checkpoint('make', () => { note('made'); return { at: context.attempt }; });
      if (context.attempt === 1) throw Object.assign(new RangeError('too early'), { retryAfter: 50 });
      context.enqueue({ id: 'after', command: 'echo followed' });
      return { made, name };
    },
  }),
  type('final', { run() { throw Object.assign(new Error('no use'), { retry: false }); } }),
  type('pickier', { parse(input) { if (process.argv[1].endsWith('worker/main.js')) throw new TypeError('not any more'); return input; }, run() {} }),
  type('taken', { run(payload, context) { context.enqueue({ id: 'there', command: 'true' }); } }),
  type('refused', { run(payload, context) { context.enqueue({ type: 'greet', payload: {} }); } }),
  type('wait', {
    async run(payload, { signal, progress }) {
      progress(0.42);
      note('waiting ' + process.pid);
      await new Promise((resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  }),
  type('deaf', { run() { note('deaf ' + process.pid); return new Promise(() => {}); } }),
  type('blocking', { run({ ms }) { note('begin'); block(ms); note('end'); } }),
  type('alone', { isolated: true, async run({ ms, exit, throws }, context) {
    note('alone ' + process.pid);
    const once = await context.checkpoint('once', () => { note('once'); return 'kept'; });
    if (exit !== undefined) process.exit(exit);
    if (throws && context.attempt === 1) throw new Error('alone and failing');
    block(ms ?? 0);
    context.enqueue({ id: 'after-alone', command: 'true' });
    return once;
  } }),
  type('words', { command: ({ words }) => ({ argv: words }) }),
  type('quick', { run() {} }),
  type('slow', { async run({ ms }) { note('slow'); await pause(ms); note('slow over'); } }),
  type('killer', { run() { process.kill(process.pid, 'SIGKILL'); } }),
  type('leaver', { run() { process.exit(0); } }),
  type('stray', { run() { setTimeout(() => { throw new Error('astray'); }); setTimeout(() => note('thrown'), 20); } }),
];
`;

let sandbox: Sandbox;
let notes: string;
const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []);

beforeEach(() => {
  sandbox = new Sandbox();
  notes = join(sandbox.folder, 'notes');
  linkPlugin(sandbox, 'queuectl-plugin-test', TYPES(notes));
});
afterEach(() => sandbox.remove());

const enqueue = async (type: string, payload: object, ...more: string[]) =>
  (await sandbox.must('enqueue', '--type', type, '--payload', JSON.stringify(payload), ...more)).trim();
const details = async (id: string) => (await sandbox.queue()).details(id);

describe('a handler in its worker', () => {
  test('its result, output, retry, checkpoint, and the job that it enqueued', async () => {
    const id = await enqueue('greet', { name: 'Ada' });
    await sandbox.must('worker', 'start');
    await sandbox.ended(id);
    const { job, attempts } = await details(id);
    expect(job).toMatchObject({ state: 'completed', attempt: 2, failures: 1, queue: 'greetings', maxRetries: 7 });
    expect(attempts.map(({ cause }) => cause)).toEqual(['error:RangeError', null]);
    expect(attempts[0]!.detail).toBe('too early');
    expect(JSON.parse(attempts[1]!.result!)).toEqual({ made: { at: 1 }, name: 'Ada' });
    expect(await sandbox.must('logs', id)).toBe('printed\nhello Ada, attempt 2\n');
    expect(await sandbox.must('logs', id, '--attempt', '1')).toContain('RangeError: too early');
    expect(noted()).toEqual(['made']);
    expect(await sandbox.must('list', '--type', 'greet')).toContain('greet Ada');
    expect(await sandbox.ended('after')).toMatchObject({ state: 'completed', queue: 'default' });
    expect(await sandbox.must('logs', 'after')).toBe('followed\n');
  });

  test('an error that says so is final, and so is a payload that is refused in the worker', async () => {
    const ids = [await enqueue('final', {}), await enqueue('pickier', {})];
    await sandbox.must('worker', 'start');
    for (const id of ids) expect(await sandbox.ended(id)).toMatchObject({ state: 'dead', attempt: 1 });
    expect((await details(ids[1]!)).job.cause).toBe('error:TypeError');
  });

  test('a job that it may not enqueue is its own failure, and holds nobody up', async () => {
    await enqueue('quick', {}, '--id', 'there');
    const ids = [await enqueue('taken', {}), await enqueue('refused', {}), await enqueue('quick', {})];
    await sandbox.must('worker', 'start', '--concurrency', '4');
    for (const id of ids) await sandbox.ended(id);
    expect((await details(ids[0]!)).job).toMatchObject({ state: 'dead', cause: 'error:Conflict' });
    expect((await details(ids[1]!)).job).toMatchObject({ state: 'dead', cause: 'error:BadInput' });
    expect((await details(ids[2]!)).job.state).toBe('completed');
  });

  test('says how far it is, hears of a cancel, and of a timeout', async () => {
    await sandbox.must('worker', 'start', '--concurrency', '2');
    const cancelled = await enqueue('wait', {});
    const timed = await enqueue('wait', {}, '--timeout', '1', '--max-retries', '0');
    await until('progress', async () => (await sandbox.must('show', cancelled)).includes('42 %'));
    expect(await sandbox.must('status')).toContain('42 %');
    await sandbox.must('cancel', cancelled);
    expect(await sandbox.ended(cancelled)).toMatchObject({ state: 'cancelled' });
    expect(await sandbox.ended(timed)).toMatchObject({ state: 'dead', cause: 'timeout' });
  });

  test('one that is stopped is given back', async () => {
    await sandbox.must('worker', 'start');
    const id = await enqueue('wait', {});
    await until('its start', () => noted().length === 1);
    await sandbox.must('worker', 'stop', '--now');
    expect((await details(id)).job).toMatchObject({ state: 'pending', failures: 0, crashes: 0 });
  });

  test('one that ignores its signal ends with its worker, which another replaces; a command beside it goes on', async () => {
    await sandbox.must('config', 'set', 'kill_grace_sec', '1');
    await sandbox.must('worker', 'start', '--concurrency', '2');
    const [command] = await sandbox.enqueue({ command: sandbox.ledgered('sleep 4') });
    const id = await enqueue('deaf', {}, '--timeout', '1', '--max-retries', '0');
    const before = await sandbox.workerPids();
    expect(await sandbox.ended(id)).toMatchObject({ state: 'dead', cause: 'timeout' });
    await until('its worker to be gone', () => before.every((pid) => !isAlive(pid)));
    expect(await sandbox.ended(command!)).toMatchObject({ state: 'completed', attempt: 1 });
    expect(sandbox.entries()).toHaveLength(2);
    await until('another worker', async () => (await sandbox.workerPids()).length === 1);
  });

  test('the log has the failures of jobs in the worker, and every job at the level debug', async () => {
    await sandbox.must('worker', 'start');
    const { files } = await sandbox.queue();
    const logged = () =>
      readFileSync(files.workerLog('worker-1'), 'utf8')
        .split('\n')
        .filter((line) => /"(started|ended)"/.test(line))
        .map((line) => JSON.parse(line) as { job: string; msg: string });
    const ids = [await enqueue('quick', {}), await enqueue('final', {})];
    for (const id of ids) await sandbox.ended(id);
    await until('the failure', () => logged().length > 0);
    expect(logged().map(({ job, msg }) => [job, msg])).toEqual([[ids[1], 'ended']]);
    await sandbox.must('worker', 'stop');
    await sandbox.must('config', 'set', 'log_level', 'debug');
    await sandbox.must('worker', 'start');
    const more = await enqueue('quick', {});
    await sandbox.ended(more);
    await until('both lines', () => logged().filter(({ job }) => job === more).length === 2);
  });

  test('an error that nobody awaits costs no other job', async () => {
    await sandbox.must('worker', 'start');
    const [pid] = await sandbox.workerPids();
    await sandbox.ended(await enqueue('stray', {}));
    await until('the error', () => noted().includes('thrown'));
    expect(await sandbox.ended(await enqueue('quick', {}))).toMatchObject({ state: 'completed' });
    expect(isAlive(pid!)).toBe(true);
  });

  test('one that calls process.exit() ends itself alone', async () => {
    await sandbox.must('worker', 'start');
    const [pid] = await sandbox.workerPids();
    const left = await sandbox.ended(await enqueue('leaver', {}, '--max-retries', '0'));
    expect(left).toMatchObject({ state: 'dead', cause: 'error:Error', crashes: 0 });
    expect(isAlive(pid!)).toBe(true);
  });

  test('F26 one that blocks the event loop is not run twice', async () => {
    await sandbox.must('config', 'set', 'lease_sec', '5');
    await sandbox.must('worker', 'start', '--count', '2');
    const id = await enqueue('blocking', { ms: 9000 });
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 1 });
    expect(noted()).toEqual(['begin', 'end']);
  });
});

describe('jobs claimed ahead', () => {
  const many = async (type: string, count: number, payload: object = {}) => {
    const lines = Array.from({ length: count }, () => ({ type, payload }));
    const queue = await sandbox.queue();
    const { addTypes } = await import('../../src/job-types/registry.js');
    const parse = (input: unknown) => input;
    const origin = { plugin: 'test', version: '1', root: '/', kind: 'link' };
    addTypes([{ type: { name: type, load: async () => ({ parse, run() {} }) }, origin }], ['/']);
    const { checkRequest } = await import('../../src/job/request.js');
    return queue.enqueue(lines.map(checkRequest));
  };

  test('are given back when a long one stands before them, and another worker runs them', async () => {
    await many('quick', 300);
    await enqueue('slow', { ms: 8000 });
    await many('quick', 300);
    await sandbox.must('worker', 'start', '--count', '2');
    await until('the others to end', async () => {
      const { counts } = await (await sandbox.queue()).overview();
      return counts.completed === 600;
    });
    expect(noted()).toEqual(['slow']);
  });

  test('F05 one that kills its worker takes no crash of the others with it', async () => {
    await many('quick', 200);
    const killer = await enqueue('killer', {});
    const others = await many('quick', 200);
    await sandbox.must('config', 'set', 'max_crashes', '1');
    await sandbox.must('worker', 'start', '--count', '3');
    expect(await sandbox.ended(killer)).toMatchObject({ state: 'dead', cause: 'worker_lost' });
    for (const id of others) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', crashes: 0 });
  });

  test('are given back when the worker is stopped', async () => {
    await many('quick', 300);
    const slow = await enqueue('slow', { ms: 1500 });
    const others = await many('quick', 50);
    await sandbox.must('worker', 'start');
    await until('the slow one', () => noted().includes('slow'));
    await sandbox.must('worker', 'stop');
    expect((await details(slow)).job.state).toBe('completed');
    for (const id of others)
      expect((await details(id)).job).toMatchObject({ state: 'pending', crashes: 0, failures: 0 });
  });
});

describe('an isolated handler', () => {
  test('runs in a process of its own, with checkpoints, a result and follow-up jobs', async () => {
    const id = await enqueue('alone', { throws: true }, '--backoff-base', '0');
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 2 });
    const { attempts } = await details(id);
    expect(attempts[0]).toMatchObject({ cause: 'error:Error', detail: 'alone and failing' });
    expect(attempts[1]!.result).toBe('"kept"');
    expect(noted().filter((line) => line === 'once')).toHaveLength(1);
    const pids = noted()
      .filter((line) => line.startsWith('alone'))
      .map((line) => Number(line.split(' ')[1]));
    expect(new Set([...pids, ...(await sandbox.workerPids())]).size).toBe(3);
    expect(await sandbox.ended('after-alone')).toMatchObject({ state: 'completed' });
  });

  test('F26 is killed by its timeout, though it blocks', async () => {
    await sandbox.must('config', 'set', 'kill_grace_sec', '1');
    await sandbox.must('worker', 'start');
    const [worker] = await sandbox.workerPids();
    const id = await enqueue('alone', { ms: 600_000 }, '--timeout', '2', '--max-retries', '0');
    expect(await sandbox.ended(id)).toMatchObject({ state: 'dead', cause: 'timeout' });
    const pid = Number(noted()[0]!.split(' ')[1]);
    await until('its end', () => !isAlive(pid));
    expect(isAlive(worker!)).toBe(true);
  });

  test('one that leaves without a word has failed, whatever its status', async () => {
    const ids = [
      await enqueue('alone', { exit: 0 }, '--max-retries', '0'),
      await enqueue('alone', { exit: 3 }, '--max-retries', '0'),
    ];
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended(ids[0]!)).toMatchObject({ state: 'dead', cause: 'error:Exited' });
    expect(await sandbox.ended(ids[1]!)).toMatchObject({ state: 'dead', cause: 'exit:3' });
  });

  test('F01 goes on when its worker is killed, and tells the next one its result', async () => {
    await sandbox.must('worker', 'start', '--count', '2');
    const id = await enqueue('alone', { ms: 4000 });
    const attempt = await sandbox.job(id, ({ state, worker }) => state === 'processing' && worker !== null);
    await until('its start', () => noted().length > 1);
    const queue = await sandbox.queue();
    const { pid } = (await queue.workers.living()).find((worker) => worker.number === attempt.worker)!;
    process.kill(pid, 'SIGKILL');
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 1 });
    expect((await details(id)).attempts[0]!.result).toBe('"kept"');
    expect(await sandbox.ended('after-alone')).toMatchObject({ state: 'completed' });
  });
});

test('a type may be another way to write a command', async () => {
  const id = await enqueue('words', { words: ['printf', '%s', 'as it is'] });
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
  expect(await sandbox.must('logs', id)).toBe('as it is');
});

describe('at enqueue', () => {
  test('a payload is refused in the words of the plugin, with exit code 2', async () => {
    const refused = await sandbox.run('enqueue', '--type', 'greet');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('greet: whom to greet?');
    expect((await sandbox.run('enqueue', '{"type":"greet","payload":{}}')).code).toBe(2);
    expect((await sandbox.run('enqueue', '--type', 'greeet')).stderr).toContain('did you mean "greet"?');
  });

  test('fields by name: text, or JSON with :=', async () => {
    const id = (await sandbox.must('enqueue', '--type', 'wait', '-p', 'a=1', '-p', 'b:=[2]', '-p', 'c=x=y')).trim();
    expect((await details(id)).job.payload).toEqual({ a: '1', b: [2], c: 'x=y' });
    for (const field of ['a', '=1', 'a:=nope']) {
      expect((await sandbox.run('enqueue', '--type', 'wait', '-p', field)).code).toBe(2);
    }
  });
});

test('a step of a shell job runs once, and later attempts are given its output', async () => {
  // A job is given the URL of its queue without the password.
  const password: Record<string, string> = ON_SERVER
    ? { PGPASSWORD: decodeURIComponent(new URL(sandbox.db).password) }
    : {};
  const env = { ONCE: `echo ran >> ${notes}; echo value of $QUEUECTL_ATTEMPT`, ...password };
  const step = `${process.execPath} ${PROGRAM} step make -- sh -c "$ONCE"`;
  const command = `x=$(${step}); echo "$x"; [ $QUEUECTL_ATTEMPT = 2 ]`;
  const [id] = await sandbox.enqueue({ command, env, backoff_base: 0 });
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended(id!)).toMatchObject({ state: 'completed', attempt: 2 });
  expect(noted()).toEqual(['ran']);
  expect(await sandbox.must('logs', id!)).toBe('value of 1\n');
});
