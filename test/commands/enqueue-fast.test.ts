// `enqueue` by its fast path and by the command: the same output, exit code and rows.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { enqueueFast } from '../../src/enqueue-fast.js';
import { Sandbox } from '../sandbox.js';

let fast: Sandbox;
let slow: Sandbox;
beforeEach(() => {
  fast = new Sandbox();
  slow = new Sandbox();
});
afterEach(async () => {
  await fast.remove();
  await slow.remove();
});

/** All that enqueueing wrote, without what differs from run to run. */
function rows({ db, folder }: Sandbox) {
  const database = new BetterSqlite3(db, { readonly: true });
  const all = database
    .prepare(
      `select jobs.*, jobs.wake_at - jobs.created_at as wait_ms, specs.payload, specs.env, contexts.cwd, contexts.umask, contexts.uid, contexts.env as caller_env
       from jobs join specs on specs.job = jobs.number left join contexts on contexts.number = specs.context
       order by jobs.number`,
    )
    .all() as Record<string, unknown>[];
  const counts = database.prepare('select * from counts order by queue, type, state').all();
  database.close();
  const jobs = all.map(({ run_at, wake_at, created_at, changed_at, ...row }) => ({
    ...row,
    payload: String(row.payload),
  }));
  return JSON.parse(JSON.stringify({ jobs, counts }).replaceAll(folder, 'FOLDER'));
}

const short: string[][] = [
  ['{"command":"sleep 2"}'],
  [
    '{"id":"job1","command":"echo \\"ä\\"","priority":5,"max_retries":0,"env":{"A":"1"},"cwd":"/tmp","backoff_base":1.5}',
  ],
  ['--json', '{"id":"job2","command":"echo success"}'],
  ['--', 'echo', 'a b', '--queue', 'x'],
  ['--', '--', '-x'],
  ['--id', 'x1', '--queue', 'q', '--priority', '7', '--', 'make', '-j4'],
  ['--queue', 'q', '{"command":"true","queue":"other"}'],
  ['--json', '--id', 'x1', '--', 'true'],
  ['{"argv":["printf","%s","a"],"timeout_sec":5,"delay":"5m"}'],
  ['{"command":"true","key":"k","key_scope":"all"}'],
  ['--json', '{"command":"true","key":"k","if_exists":"replace"}'],
];

const unusual: string[][] = [
  ['--json={"command":"true"}'],
  ['--priority', '-5', '--', 'true'],
  ['--queue=q', '--', 'true'],
  ['--id', 'twice', '--id', 'thrice', '--', 'true'],
  ['--delay', '2h', '--', 'true'],
  ['{"command":""}'],
  ['--', ''],
  ['--json', '--', ''],
  ['--wait', '--wait-timeout', '0', '--', 'true'],
  ['--queue', 'q', '--wait', '--wait-timeout', '0', '{"command":"true"}'],
];

const refused: string[][] = [
  ['{"comand":"x"}'],
  ['{command:x}'],
  ['{"id":"7","command":"x"}'],
  ['--priority', 'high', '--', 'true'],
  ['--priority', '1001', '--', 'true'],
  ['--queue', 'no spaces', '--', 'true'],
  ['--'],
  [],
  ['{"command":"true"}', '--', 'true'],
  ['{"command":"true"}', 'more'],
  ['--json', '{"command":1}'],
  ['--id'],
  ['make', '-j4'],
  ['--wait-timeout', '5', '--', 'true'],
];

test.each([...short, ...unusual, ...refused].map((argv) => [argv] as const))('enqueue %j', async (argv) => {
  // Both queues are there already: the fast path leaves creating one to the command.
  for (const sandbox of [fast, slow]) await sandbox.enqueue({ id: 'taken', command: 'true' });
  const byFast = await fast.run('enqueue', ...argv);
  const bySlow = await slow.runWith({ env: { QUEUECTL_NO_FAST: '1' } }, 'enqueue', ...argv);
  expect(byFast).toEqual(bySlow);
  expect(rows(fast)).toEqual(rows(slow));
});

test('a taken id is a conflict both ways', async () => {
  for (const sandbox of [fast, slow]) await sandbox.enqueue({ id: 'taken', command: 'true' });
  const argv = ['enqueue', '{"id":"taken","command":"true"}'];
  const byFast = await fast.run(...argv);
  expect(byFast).toEqual(await slow.runWith({ env: { QUEUECTL_NO_FAST: '1' } }, ...argv));
  expect(byFast).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('the id "taken" is taken') });
});

test('--db is followed both ways', async () => {
  const db = join(fast.folder, 'other.db');
  for (const env of [{}, {}, { QUEUECTL_NO_FAST: '1' }]) {
    expect((await fast.runWith({ env }, 'enqueue', '--db', db, '--', 'true')).code).toBe(0);
  }
  const { stdout } = await fast.run('list', '--db', db, '--ids');
  expect(stdout).toBe('1\n2\n3\n');
});

describe('the fast path', () => {
  const env = () => ({ QUEUECTL_DB: fast.db, XDG_DATA_HOME: fast.folder });

  test('leaves a queue that is not there to the command', async () => {
    expect(await enqueueFast(['{"command":"true"}'], env())).toBe(false);
  });

  test.each([['--wait'], ['--follow'], ['-f'], ['--json', '--wait'], ['--queue', 'q', '--wait']])(
    'leaves staying with the job to the command: %s %s %s',
    async (...flags) => {
      await fast.enqueue({ command: 'true' });
      expect(await enqueueFast([...flags, '--', 'true'], env())).toBe(false);
      expect(await enqueueFast([...flags, '{"command":"true"}'], env())).toBe(false);
      expect(await enqueueFast(['{"command":"true"}', ...flags], env())).toBe(false);
      expect(await (await fast.queue()).list({}, { limit: 9 })).toHaveLength(1);
    },
  );

  test.each(['{"oclif":{"plugins":[{"name":"x","type":"user"}]}}', 'not JSON'])(
    'steps aside when the user may have installed plugins: %s',
    async (text) => {
      await fast.enqueue({ command: 'true' });
      mkdirSync(join(fast.folder, 'queuectl'));
      writeFileSync(join(fast.folder, 'queuectl/package.json'), text);
      expect(await enqueueFast(['{"command":"true"}'], env())).toBe(false);
    },
  );

  test.each(short.map((argv) => [argv] as const))('takes %j', async (argv) => {
    await fast.enqueue({ command: 'true' });
    const script =
      'require(process.argv[1]).enqueueFast(process.argv.slice(2)).then((took) => process.exit(took ? 42 : 0))';
    const program = join(import.meta.dirname, '../../dist/enqueue-fast.cjs');
    const { status } = spawnSync(process.execPath, ['-e', script, '--', program, ...argv], {
      env: { ...env(), PATH: '/bin' },
    });
    expect(status).toBe(42);
  });

  test.each(refused.map((argv) => [argv] as const))('leaves %j to the command', async (argv) => {
    await fast.enqueue({ command: 'true' });
    const stored = rows(fast);
    expect(await enqueueFast(argv, env())).toBe(false);
    expect(rows(fast)).toEqual(stored);
  });
});
