// One truth about a job's fate: every fate, told in all four ways by the same exit code, at its end and long after.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import { ended, Sandbox, until } from '../sandbox.js';

const TYPES = `
const type = (name, run, more) => ({ name, load: async () => ({ parse: (input) => input, run, ...more }) });
const fail = () => { throw Object.assign(new RangeError('no'), { retry: false }); };
export default () => [
  type('fails', fail),
  type('fails-alone', fail, { isolated: true }),
  type('kills', () => process.kill(process.pid, 'SIGKILL')),
];
`;

interface Fate {
  request: object;
  state: string;
  cause: string | null;
  code: number;
  /** Done to the job while it waits or runs. */
  done?: string[];
}

const dead = (code: number, cause: string, request: object): Fate => ({ request, state: 'dead', cause, code });
const cancelled = (request: object): Fate => ({
  ...{ request, state: 'cancelled', cause: 'cancelled', code: 125, done: ['cancel'] },
});

const FATES: Record<string, Fate> = {
  good: { request: { command: 'true' }, state: 'completed', cause: null, code: 0 },
  one: dead(1, 'exit:1', { command: 'exit 1' }),
  two: dead(2, 'exit:2', { command: 'exit 2' }),
  three: dead(3, 'exit:3', { command: 'exit 3' }),
  'own-124': dead(124, 'exit:124', { command: 'exit 124' }),
  'own-130': dead(130, 'signal:SIGINT', { command: 'exit 130' }),
  most: dead(255, 'exit:255', { command: 'exit 255' }),
  killed: dead(137, 'signal:SIGKILL', { command: 'kill -9 $$' }),
  'hung-up': dead(129, 'signal:SIGHUP', { command: 'kill -HUP $$' }),
  slow: dead(124, 'timeout', { command: 'sleep 600', timeout_sec: 0.1 }),
  missing: dead(127, 'not_found', { argv: ['no-such-program'] }),
  plain: dead(126, 'not_executable', { argv: ['/etc/passwd'] }),
  nowhere: dead(1, 'no_folder', { command: 'true', cwd: '/no/such/folder' }),
  handler: dead(1, 'error:RangeError', { type: 'fails', payload: {} }),
  isolated: dead(1, 'error:RangeError', { type: 'fails-alone', payload: {} }),
  lost: dead(1, 'worker_lost', { type: 'kills', payload: {}, queue: 'crash' }),
  waiting: cancelled({ command: 'true', queue: 'nobody' }),
  running: cancelled({ command: 'exec sleep 600' }),
};

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  linkPlugin(sandbox, 'queuectl-plugin-test', TYPES);
});
afterEach(() => sandbox.remove());

test('wait, enqueue --wait, enqueue --follow and logs --follow --exit-status tell every fate alike', async () => {
  await sandbox.must('config', 'set', 'max_crashes', '0');
  await sandbox.must('config', 'set', 'max_retries', '0');
  await sandbox.must('worker', 'start', '--concurrency', '4', '--queue', 'default');
  await sandbox.must('worker', 'start', '--pool', 'crash', '--queue', 'crash', '--count', '3');
  for (const [name, { request, state, cause, code, done }] of Object.entries(FATES)) {
    const typed = (id: string) => JSON.stringify({ id, ...request });
    const [a, b, c] = [`${name}-a`, `${name}-b`, `${name}-c`];
    await sandbox.must('enqueue', typed(a));
    const ways = [
      sandbox.run('wait', a),
      sandbox.run('logs', '--follow', '--exit-status', a),
      sandbox.run('enqueue', '--wait', typed(b)),
      sandbox.run('enqueue', '--follow', typed(c)),
    ];
    for (const id of done ? [a, b, c] : []) {
      const queue = await sandbox.queue();
      await expect.poll(() => queue.job(id).catch(() => undefined), { timeout: 45_000 }).toBeDefined();
      await sandbox.must(...done!, id);
    }
    const told = (await Promise.all(ways)).map((way) => way.code);
    expect([name, ...told]).toEqual([name, code, code, code, code]);
    expect((await sandbox.run('logs', '--follow', '--exit-status', a)).code).toBe(code);
    const after = await sandbox.run('wait', a, b, c, '--json');
    expect(after.code).toBe(code);
    const exits = [a, b, c].map((id) => ({ id, state, cause, exit_code: code }));
    expect(JSON.parse(after.stdout)).toMatchObject({ reason: 'job', exit_code: code, jobs: exits });
  }
  const ids = Object.keys(FATES).map((name) => `${name}-a`);
  expect((await sandbox.run('wait', ...ids)).code).toBe(255);
  expect((await sandbox.run('wait', '--any', ...ids)).code).toBe(0);
}, 240_000);

test('no such job and bad usage have codes of their own in all four ways', async () => {
  const ways = [
    [3, 'wait', 'nobody'],
    [3, 'logs', '--follow', '--exit-status', 'nobody'],
    [2, 'wait'],
    [2, 'logs', '--follow', '--exit-status'],
    [2, 'enqueue', '--wait'],
    [2, 'enqueue', '--follow', '{"command":'],
  ] as const;
  for (const [code, ...args] of ways) expect([args, (await sandbox.run(...args)).code]).toEqual([args, code]);
});

test('logs --follow of a job that waits says so, and what it waits for', async () => {
  await sandbox.enqueue({ id: 'a', command: 'echo out; exit 4', max_retries: 0, queue: 'mail' });
  const child = sandbox.start(['logs', '--follow', '--exit-status', 'a']);
  const following = ended(child);
  let said = '';
  child.stderr!.on('data', (text) => (said += text));
  await until('it to say so', () => said.includes('waiting for it to start'));
  await sandbox.must('worker', 'start');
  expect(await following).toEqual({
    code: 4,
    stdout: 'out\n',
    stderr: `no worker serves the queue mail; start one: queuectl worker start --queue mail
job a is pending; waiting for it to start
`,
  });
});
