// Jobs that exist once, and jobs that are of no use later: `--key`, `--if-exists`, `--key-scope`, `--expires-in`.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ended, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const keyed = (...flags: string[]) => sandbox.run('enqueue', '--key', 'nightly', ...flags, '--', 'true');

test('a key is refused while its job is unfinished, and free when that is completed', async () => {
  const id = (await sandbox.must('enqueue', '--key', 'nightly', '--', 'true')).trim();
  const refused = await keyed();
  expect(refused).toMatchObject({ code: 4, stdout: '' });
  expect(refused.stderr).toContain(`job ${id} (pending) has the key "nightly"`);
  const skipped = await keyed('--if-exists', 'skip');
  expect(skipped).toEqual({ code: 0, stdout: `${id}\n`, stderr: `job ${id} has this key already (pending)\n` });
  const json = await sandbox.run('enqueue', '--json', '{"command":"x","key":"nightly","if_exists":"skip"}');
  expect(JSON.parse(json.stdout)).toEqual({ id, queue: 'default', existing: true });
  await sandbox.must('worker', 'start');
  await sandbox.ended(id);
  const next = await keyed('--wait');
  expect(next).toMatchObject({ code: 0 });
  expect(JSON.parse(await sandbox.must('show', '--json', '2'))).toMatchObject({ key: 'nightly', state: 'completed' });
  expect(await sandbox.must('list', '--columns', 'id,key,expires', '--csv')).toBe(
    'id,key,expires\n1,nightly,\n2,nightly,\n',
  );
});

test('replace writes a waiting job anew under its id, and leaves a running one', async () => {
  await sandbox.must('enqueue', '--key', 'nightly', '--id', 'job', '--queue', 'nobody', '--', 'false');
  const replaced = await keyed('--if-exists', 'replace');
  expect(replaced).toEqual({ code: 0, stdout: 'job\n', stderr: 'job job (pending) was replaced\n' });
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('job')).toMatchObject({ state: 'completed', payload: { argv: ['true'] } });
  const held = 'while ! test -e go; do sleep 0.05; done';
  await sandbox.must('enqueue', '--key', 'nightly', '--id', 'runs', '--', 'sh', '-c', held);
  await sandbox.job('runs', ({ state }) => state === 'processing');
  const late = await keyed('--if-exists', 'replace');
  expect(late).toMatchObject({ code: 4, stdout: '' });
  expect(late.stderr).toContain('job runs (processing) has begun: it cannot be replaced');
});

test('who waits for a job that is there is told its fate', async () => {
  await sandbox.must('enqueue', '--key', 'nightly', '--', 'sh', '-c', 'exit 7');
  await sandbox.must('config', 'set', 'max_retries', '0');
  const waiting = sandbox.start(['enqueue', '--key', 'nightly', '--if-exists', 'skip', '--wait', '--', 'true']);
  const result = ended(waiting);
  await sandbox.must('worker', 'start');
  expect(await result).toMatchObject({ code: 7 });
});

test('a dead job whose key another one has meanwhile is not retried, with exit code 4', async () => {
  await sandbox.enqueue({ key: 'nightly', command: 'false', max_retries: 0 });
  await sandbox.must('worker', 'start');
  await sandbox.ended('1');
  await sandbox.must('worker', 'stop');
  await sandbox.must('enqueue', '--key', 'nightly', '--', 'true');
  const retried = await sandbox.run('dlq', 'retry', '1');
  expect(retried).toMatchObject({ code: 4 });
  expect(retried.stderr).toContain('job 1 cannot come back: job 2 (pending) has its key "nightly"');
});

test('F47 of programs that enqueue one key or one id at once, one stores a job and the others are told of it', async () => {
  await sandbox.must('status');
  for (const flag of ['--key', '--id']) {
    const programs = (how: string[]) =>
      Array.from({ length: 8 }, () => sandbox.run('enqueue', flag, `${flag.slice(2)}-x`, ...how, '--', 'true'));
    const results = await Promise.all([...programs([]), ...programs(['--if-exists', 'skip'])]);
    const codes = results.map(({ code }) => code);
    expect(codes.slice(0, 8).filter((code) => code !== 0 && code !== 4)).toEqual([]);
    expect(codes.slice(8)).toEqual(Array(8).fill(0));
    const ids = results.filter(({ code }) => code === 0).map(({ stdout }) => stdout);
    expect(new Set(ids).size).toBe(1);
    expect(results.filter(({ stderr }) => stderr === '')).toHaveLength(1);
  }
  expect(await (await sandbox.queue()).list({}, { limit: 9 })).toHaveLength(2);
});

test('a job that expires while it is waited for ends with exit code 125, also where no worker runs', async () => {
  const waited = await sandbox.run('enqueue', '--expires-in', '1500ms', '--wait', '--', 'true');
  expect(waited.code).toBe(125);
  const shown = JSON.parse(await sandbox.must('show', '--json', '1'));
  expect(shown).toMatchObject({
    state: 'cancelled',
    cause: 'expired',
    reason: 'expired before it started',
    expires_at: null,
  });
  expect(await sandbox.must('show', '1')).toContain('expired');
});

test('a worker ends what has expired, also while it is busy, and never starts it', async () => {
  await sandbox.must('worker', 'start');
  const busy = 'while ! test -e go; do sleep 0.05; done';
  await sandbox.must('enqueue', '--id', 'busy', '--', 'sh', '-c', busy);
  await sandbox.job('busy', ({ state }) => state === 'processing');
  await sandbox.must('enqueue', '--id', 'late', '--expires-in', '100ms', '--', 'touch', 'started');
  await until('the late one to expire', async () => (await (await sandbox.queue()).job('late')).cause === 'expired');
  expect(await sandbox.run('wait', 'late')).toMatchObject({ code: 125 });
  expect((await (await sandbox.queue()).job('busy')).state).toBe('processing');
});
