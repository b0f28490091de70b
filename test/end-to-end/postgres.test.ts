// The same commands on PostgreSQL, through the real program.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { PGBOUNCER, poolerBefore } from '../pooler.js';
import { newPostgresQueue, ownServer } from '../postgres.js';
import { PASSWORD } from '../postgres-server.js';
import { ended, PROGRAM, Sandbox, until } from '../sandbox.js';

/** @param base the server, else that of all tests */
function newSandbox(base?: string): Sandbox {
  const { url, remove } = newPostgresQueue(base);
  const sandbox = new Sandbox(url);
  onTestFinished(async () => {
    await sandbox.remove();
    await remove();
  });
  return sandbox;
}

async function initialised(base?: string): Promise<Sandbox> {
  const sandbox = newSandbox(base);
  await sandbox.must('db', 'init');
  return sandbox;
}

test('a queue is used only after db init, which any number of programs may run at once (F51)', async () => {
  const sandbox = newSandbox();
  expect(await sandbox.run('enqueue', '--', 'true')).toMatchObject({
    code: 78,
    stderr: expect.stringMatching(/^queuectl: there is no queue in postgres:.* yet\n {2}queuectl db init\n$/),
  });
  const inits = await Promise.all(Array.from({ length: 16 }, () => sandbox.run('db', 'init', '--json')));
  expect(inits.map(({ code, stderr }) => `${code}${stderr}`)).toEqual(Array(16).fill('0'));
  expect(inits.filter(({ stdout }) => JSON.parse(stdout).created)).toHaveLength(1);
  expect(await sandbox.run('db', 'init')).toMatchObject({ code: 0, stderr: 'the queue is there already\n' });
  expect(await sandbox.run('db', 'migrate')).toMatchObject({ code: 0, stderr: 'nothing to do\n' });
});

test('the password may stand in ~/.pgpass, where jobs that call queuectl find it, too', async () => {
  const sandbox = await initialised();
  const url = new URL(sandbox.db);
  const { hostname, port, pathname, username } = url;
  const line = [hostname, port, pathname.slice(1), username, decodeURIComponent(url.password)].join(':');
  url.password = '';
  const env = { QUEUECTL_DB: url.href };
  expect((await sandbox.runWith({ env }, 'status')).code).not.toBe(0);
  writeFileSync(join(sandbox.folder, '.pgpass'), `${line}\n`, { mode: 0o600 });
  expect(await sandbox.runWith({ env }, 'status')).toMatchObject({ code: 0, stderr: '' });
  const command = `${process.execPath} ${PROGRAM} enqueue --id inner -- true`;
  expect(await sandbox.runWith({ env }, 'enqueue', JSON.stringify({ command }))).toMatchObject({ code: 0 });
  expect(await sandbox.runWith({ env }, 'worker', 'start')).toMatchObject({ code: 0 });
  expect(await sandbox.ended('1')).toMatchObject({ state: 'completed' });
  expect(await sandbox.ended('inner')).toMatchObject({ state: 'completed' });
});

test('jobs are enqueued, run, shown, cancelled, and their workers stopped', async () => {
  const sandbox = await initialised();
  expect(await sandbox.must('enqueue', '--', 'echo', 'hallo')).toBe('1\n');
  await sandbox.must('enqueue', '{"id":"fails","command":"exit 3","max_retries":0}');
  await sandbox.must('worker', 'start', '--count', '2');
  await sandbox.ended('1');
  await sandbox.ended('fails');
  expect(await sandbox.must('logs', '1')).toBe('hallo\n');
  expect(await sandbox.must('show', '1')).toMatch(/attempt 1 succeeded/);
  expect(await sandbox.must('list', '--state', 'completed')).toMatch(/echo hallo/);
  expect(await sandbox.must('status')).toMatch(/completed 1 .* dead 1/);
  await sandbox.must('dlq', 'retry', 'fails');
  await sandbox.job('fails', ({ attempt, state }) => attempt === 2 && state === 'dead');
  await sandbox.must('enqueue', '--id', 'long', '--', 'sleep', '600');
  await sandbox.job('long', ({ state }) => state === 'processing');
  await sandbox.must('cancel', 'long');
  expect((await sandbox.ended('long')).state).toBe('cancelled');
  await sandbox.must('worker', 'stop');
  expect(await sandbox.workerPids()).toEqual([]);
});

test('a worker that rests is woken by whoever enqueues, long before it would look', async () => {
  const sandbox = await initialised();
  await sandbox.must('config', 'set', 'worker_poll_interval', '3600');
  await sandbox.must('worker', 'start');
  for (let round = 0; round < 5; round++) {
    const [id] = await sandbox.enqueue({ command: 'true' });
    await sandbox.ended(id!);
  }
});

test('the password is in no output, no argument of a process, no file, and no job', async () => {
  const sandbox = await initialised();
  await sandbox.must('worker', 'start');
  await sandbox.must('enqueue', '--id', 'env', '--', 'env');
  await sandbox.ended('env');
  const forms = [PASSWORD, encodeURIComponent(PASSWORD)];
  const [pid] = await sandbox.workerPids();
  const processes = spawnSync('ps', ['-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' }).stdout;
  expect(processes).toContain('queuectl');
  const wrong = sandbox.db.replace('@127.0.0.1', 'wrong@127.0.0.1');
  const refused = await sandbox.runWith({ env: { QUEUECTL_DB: wrong, QUEUECTL_DEBUG: '1' } }, 'status');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('refuses the login') });
  const nowhere = sandbox.db.replace(/:\d+\//, ':1/');
  const failed = await Promise.all(
    [wrong, nowhere].flatMap((db) => [
      sandbox.run('status', '--json', '--db', db),
      sandbox.run('enqueue', '--db', db, '--', 'true'),
      sandbox.run('worker', 'start', '--db', db),
      sandbox.run('worker', 'start', '--foreground', '--db', db),
    ]),
  );
  for (const { code } of failed) expect([2, 74]).toContain(code);
  await sandbox.must('config', 'set', 'log_level', 'debug');
  const { query } = newPostgresQueue();
  await query(`select pg_terminate_backend(pid) from pg_stat_activity where query like '%${schemaOf(sandbox)}%'
    and pid <> pg_backend_pid()`);
  await sandbox.enqueue({ id: 'later', command: 'true' });
  await sandbox.ended('later');
  const job = await sandbox.must('logs', 'env');
  expect(job).toMatch(/^QUEUECTL_DB=postgres:\/\/postgres@127/m);
  const told = [
    ...[processes, job, refused.stderr, titleOf(pid!), ...failed.flatMap(({ stdout, stderr }) => [stdout, stderr])],
    ...(await Promise.all([sandbox.must('db', 'init'), sandbox.must('worker', 'list'), sandbox.must('show', 'env')])),
    ...filesOf(sandbox).map((file) => readFileSync(file, 'latin1')),
  ];
  for (const text of told) for (const form of forms) expect(text).not.toContain(form);
});

function titleOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1') + readFileSync(`/proc/${pid}/comm`, 'latin1');
}

function schemaOf(sandbox: Sandbox): string {
  return new URL(sandbox.db).searchParams.get('schema')!;
}

test('outputs, logs and state files lie in the data folder of this host, for its user alone', async () => {
  const sandbox = await initialised();
  await sandbox.must('worker', 'start');
  const files = filesOf(sandbox);
  expect(files.some((file) => /[0-9a-f]{24}\.files\/logs\/worker-1\.log/.test(file))).toBe(true);
  const data = join(sandbox.folder, '.local/share/queuectl');
  for (const name of readdirSync(data)) expect(statSync(join(data, name)).mode & 0o777).toBe(0o700);
});

test('without pg the way to get it is told', async () => {
  const sandbox = newSandbox();
  const env = { NODE_OPTIONS: `--import ${JSON.stringify(WITHOUT_PG)}` };
  const { code, stderr } = await ended(sandbox.start(['status'], env));
  expect({ code, stderr }).toMatchObject({ code: 73, stderr: expect.stringContaining('npm install -g pg') });
});

/** Makes Node find no package of that name. */
const WITHOUT_PG = `data:text/javascript,${encodeURIComponent(
  `import { register } from 'node:module'; register('data:text/javascript,' + encodeURIComponent(\`export function resolve(name, context, next) {
    if (name === 'pg') throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(name, context);
  }\`));`,
)}`;

function filesOf(sandbox: Sandbox): string[] {
  const entries = readdirSync(join(sandbox.folder, '.local'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('F54 workers outlive a restart of the server, and lose nothing', async () => {
  const server = await ownServer();
  const sandbox = await initialised(server.url);
  await sandbox.must('worker', 'start', '--count', '2');
  const [first] = await sandbox.enqueue({ command: sandbox.ledgered('sleep 2') });
  await sandbox.job(first!, ({ state }) => state === 'processing');
  const pids = await sandbox.workerPids();
  await server.restart(async () => {
    await until('the job to end', () => sandbox.entries().length === 2);
  });
  expect(await sandbox.ended(first!)).toMatchObject({ state: 'completed', attempt: 1 });
  const [second] = await sandbox.enqueue({ command: 'true' });
  await sandbox.ended(second!);
  expect(await sandbox.workerPids()).toEqual(pids);
});

test('F57 behind pgbouncer jobs are run, and the log of the worker says why it is not woken', async (context) => {
  if (!PGBOUNCER) return context.skip('pgbouncer is not installed');
  const pooler = await poolerBefore(inject('postgres'));
  onTestFinished(() => pooler.stop());
  const sandbox = await initialised(pooler.url);
  await sandbox.must('config', 'set', 'worker_poll_interval', '0.5');
  await sandbox.must('worker', 'start', '--count', '2');
  const { files } = await sandbox.queue();
  const log = () => readFileSync(files.workerLog('worker-1'), 'utf8');
  await until('the sentence', () => log().includes('nobody can wake this worker'));
  const ids = await sandbox.enqueue({ command: 'true' }, { command: 'exit 3', max_retries: 0 });
  for (const id of ids) await sandbox.ended(id);
  await sandbox.must('worker', 'stop');
});

test('a worker that can be woken does not say otherwise', async () => {
  const sandbox = await initialised();
  await sandbox.must('worker', 'start');
  const { database } = await sandbox.queue();
  const deaf = vi.fn();
  const [heard, ready] = [vi.fn(), performance.now()];
  onTestFinished(database.onWake(heard, deaf));
  await until('more time than an echo has', () => performance.now() - ready > 7000);
  expect(heard).toHaveBeenCalled();
  expect(deaf).not.toHaveBeenCalled();
  const { files } = await sandbox.queue();
  expect(readFileSync(files.workerLog('worker-1'), 'utf8')).not.toContain('nobody can wake');
});
