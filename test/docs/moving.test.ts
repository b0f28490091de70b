// "When one machine is not enough": what the README says is run as it is pasted, and docs/postgres.md's roles can do what they are for.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openQueue } from '../../src/open-queue.js';
import { newPostgresQueue, ownServer } from '../postgres.js';
import { PASSWORD } from '../postgres-server.js';
import { until } from '../sandbox.js';
import { readDocument } from './documents.js';
import { Shell } from './shell.js';

const readme = readDocument('README.md');
const manual = readDocument('docs/postgres.md');

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** Blocks of a language below a heading. */
function blocksBelow(text: string, heading: string, language: string): string[] {
  const section = text.slice(text.indexOf(`\n${heading}\n`)).split(/\n#+ /)[1]!;
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block!);
}

/** The server of the documents. */
const THEIRS = 'postgres://queue@db.example.com/jobs';

test("the README's commands move a queue to PostgreSQL, where its workers finish it", async () => {
  const [session] = blocksBelow(readme, '## When one machine is not enough', 'sh');
  const gate = join(shell.folder, 'gate');
  await shell.must('config', 'set', 'backoff_base', '3');
  await shell.enqueue(
    { id: 'completed', command: 'echo it was here' },
    { id: 'dead', command: 'echo no; exit 3', max_retries: 0 },
  );
  await shell.enqueue({ id: 'failed', command: `test -e '${gate}'`, max_retries: 5, backoff_base: 1 });
  await shell.must('worker', 'start');
  await shell.ended('completed');
  await shell.ended('dead');
  await shell.job('failed', ({ failures }) => failures > 0);
  await shell.must('worker', 'stop');
  await shell.enqueue({ id: 'waiting', command: 'echo "$TOLD"', env: { TOLD: 'in time' }, priority: 7 });
  await shell.enqueue(
    { id: 'scheduled', command: 'true', run_at: '2090-01-01T00:00:00Z' },
    { command: 'echo a number' },
  );
  const { url, remove } = newPostgresQueue();
  try {
    expect(session).toContain(THEIRS);
    const { code, stdout, stderr } = await shell.execute(['sh', '-e'], session!.replaceAll(THEIRS, `'${url}'`));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('6 jobs exported\n');
    expect(stderr).toContain('6 jobs imported\n');
    expect(stdout).toContain('worker-1');
    expect(statSync(join(shell.folder, 'queue.ndjson')).mode & 0o777).toBe(0o600);
    const there = await openQueue({ db: url, env: { XDG_DATA_HOME: join(shell.folder, '.local', 'share') } });
    const job = (id: string) => there.job(id);
    await until('the waiting jobs to be done there', async () => {
      const states = await Promise.all(['waiting', '6'].map(async (id) => (await job(id)).state));
      return states.every((state) => state === 'completed');
    });
    expect(await shell.must('logs', 'waiting', '--db', url)).toBe('in time\n');
    expect(await shell.must('logs', 'completed', '--db', url)).toBe('it was here\n');
    expect(await job('dead')).toMatchObject({ state: 'dead', cause: 'exit:3' });
    expect(await job('scheduled')).toMatchObject({ state: 'pending', wakeAt: Date.UTC(2090, 0, 1) });
    await shell.execute(['touch', gate]);
    const failed = await until('the failed job to be retried there', async () => {
      const now = await job('failed');
      return now.state === 'completed' && now;
    });
    expect(failed.attempt).toBeGreaterThan(1);
    expect((await there.setting('backoff_base')).value).toBe(3);
    expect((await there.overview()).counts).toMatchObject({
      completed: 4,
      dead: 1,
      pending: 1,
      failed: 0,
      processing: 0,
    });
    await there.close();
  } finally {
    await shell.run('worker', 'stop', '--now', '--db', url);
    await remove();
  }
});

test('the roles of docs/postgres.md can do what they are for, and no more', async () => {
  const server = await ownServer();
  const [create, grant] = blocksBelow(manual, '## Roles', 'sql');
  await query(server.url, create!);
  for (const role of ['queue_owner', 'queue_worker', 'queue_client', 'queue_reader']) {
    await query(server.url, `alter role ${role} password '${PASSWORD}'`);
  }
  const as = (role: string) => server.url.replace('//postgres:', `//${role}:`).replace(/\/postgres$/, '/jobs');
  const run = (role: string, ...args: string[]) => shell.runWith({ env: { QUEUECTL_DB: as(role) } }, ...args);
  expect(await run('queue_owner', 'db', 'init')).toMatchObject({ code: 0 });
  await query(as('queue_owner'), grant!);

  expect(await run('queue_client', 'enqueue', '--id', 'one', '--', 'echo', 'done')).toMatchObject({
    code: 0,
    stdout: 'one\n',
  });
  expect(await run('queue_client', 'enqueue', '{"command":"exit 3","max_retries":0,"env":{"A":"b"}}')).toMatchObject({
    code: 0,
  });
  for (const command of [
    ['cancel', 'one'],
    ['worker', 'start'],
    ['config', 'set', 'max_retries', '9'],
    ['show', 'one'],
  ]) {
    expect(await run('queue_client', ...command), command.join(' ')).not.toMatchObject({ code: 0 });
  }

  expect(await run('queue_worker', 'worker', 'start', '--count', '2')).toMatchObject({ code: 0 });
  expect(await run('queue_worker', 'wait', 'one')).toMatchObject({ code: 0 });
  expect(await run('queue_worker', 'wait', '2')).toMatchObject({ code: 3 });
  expect(await run('queue_worker', 'dlq', 'purge', '2')).toMatchObject({ code: 0 });
  expect(await run('queue_worker', 'config', 'set', 'max_retries', '4')).toMatchObject({ code: 0 });

  for (const command of [
    ['status'],
    ['list'],
    ['show', 'one'],
    ['logs', 'one'],
    ['metrics'],
    ['worker', 'list'],
    ['export'],
    ['wait', 'one'],
  ]) {
    expect(await run('queue_reader', ...command), command.join(' ')).toMatchObject({ code: 0 });
  }
  for (const command of [
    ['enqueue', '--', 'true'],
    ['cancel', 'one'],
    ['worker', 'start'],
  ]) {
    const { code, stderr } = await run('queue_reader', ...command);
    expect({ command, code }).toEqual({ command, code: 73 });
    expect(stderr).toContain('does not allow this');
  }
  expect(await run('queue_worker', 'worker', 'stop')).toMatchObject({ code: 0 });
  expect(await run('queue_owner', 'db', 'migrate')).toMatchObject({ code: 0, stderr: 'nothing to do\n' });
});

/** A statement at a time: some cannot stand in a transaction. */
async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of text.replace(/--.*$/gm, '').split(';'))
      if (statement.trim() !== '') await client.query(statement);
  } finally {
    await client.end();
  }
}
