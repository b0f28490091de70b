// db prune, db check and doctor, on either database.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recount } from '../../src/storage/recount.js';
import { enqueue, run } from '../queue/temporary-queue.js';
import { ON_SERVER, Sandbox } from '../sandbox.js';
import { ok } from '../storage/backend.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const HOUR = 3_600_000;

/** Jobs that have ended so many hours ago, each with an output. */
async function endedJobs(count: number, hoursAgo: number, state = 'completed'): Promise<void> {
  const queue = await sandbox.queue();
  await enqueue(queue, ...Array.from({ length: count }, () => ({ max_retries: 0 })));
  const outputs = [{ stream: 1 as const, head: Buffer.from('said\n'), tail: null, cutBytes: 0 }];
  const claims = await run(queue, ok, count, { outputs, outputBytes: 5 });
  const numbers = claims.map(({ job }) => job.number);
  const { kysely, now } = queue.database;
  const at = sql<number>`${now} - ${sql.lit(hoursAgo * HOUR)}`;
  await kysely
    .updateTable('jobs')
    .set({ finished_at: at, state: state as 'dead' })
    .where('number', 'in', numbers)
    .execute();
  await kysely.updateTable('attempts').set({ finished_at: at }).where('job', 'in', numbers).execute();
  await recount(queue.database);
}

async function left(): Promise<Record<string, number>> {
  const { counts } = JSON.parse(await sandbox.must('status', '--json'));
  return counts;
}

describe('db prune', () => {
  test('removes what the settings no longer keep, all of it, and says how much', async () => {
    await endedJobs(900, 31 * 24);
    await endedJobs(900, 32 * 24);
    await endedJobs(3, 8 * 24);
    await endedJobs(2, 1);
    const dry = await sandbox.run('db', 'prune', '--dry-run');
    expect(dry.stderr).toBe('1800 jobs and 3 outputs of other jobs would be removed\n');
    expect((await left()).completed).toBe(1805);
    const { code, stderr } = await sandbox.run('db', 'prune');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '1800 jobs and 3 outputs of other jobs removed\n' });
    expect((await left()).completed).toBe(5);
    expect(JSON.parse(await sandbox.must('db', 'prune', '--json'))).toEqual({ jobs: 0, outputs: 0, dry_run: false });
    await sandbox.must('db', 'check');
  });

  test('by another age spares the dead letter queue, unless that is named', async () => {
    await endedJobs(3, 5, 'completed');
    await endedJobs(2, 5, 'cancelled');
    await endedJobs(4, 5, 'dead');
    await endedJobs(1, 1, 'dead');
    expect((await sandbox.run('db', 'prune', '--older-than', '6h')).stderr).toBe('0 jobs removed\n');
    expect((await sandbox.run('db', 'prune', '--older-than', '4h', '--state', 'completed')).stderr).toBe(
      '3 jobs removed\n',
    );
    expect((await sandbox.run('db', 'prune', '--older-than', '4h')).stderr).toBe('2 jobs removed\n');
    expect((await sandbox.run('db', 'prune', '--older-than', '4h', '--state', 'dead')).stderr).toBe('4 jobs removed\n');
    expect(await left()).toMatchObject({ completed: 0, cancelled: 0, dead: 1 });
  });

  test.each([
    [['--state', 'pending'], 'pending jobs are not pruned'],
    [['--older-than', 'yesterday'], '--older-than'],
    [['--state', 'completd'], 'no such state: completd'],
  ])('refuses %s', async (args, said) => {
    const { code, stderr } = await sandbox.run('db', 'prune', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

describe('db check', () => {
  test('a queue that is whole', async () => {
    await endedJobs(3, 1);
    await sandbox.enqueue({ id: 'waits', command: 'true' });
    const { code, stdout } = await sandbox.run('db', 'check');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok .*the counters agree with the jobs\nok .*all rows belong together\n$/m);
    expect(JSON.parse(await sandbox.must('db', 'check', '--json'))).toMatchObject({ ok: true, damaged: false });
  });

  test('counters that are wrong are told, and counted anew by --repair', async () => {
    await sandbox.enqueue({ id: 'a', command: 'true' }, { id: 'b', command: 'true' });
    const { kysely } = (await sandbox.queue()).database;
    await kysely
      .updateTable('counts')
      .set({ n: sql`n + 7` })
      .where('state', '=', 'pending')
      .where('n', '>', 0)
      .execute();
    const wrong = await sandbox.run('db', 'check');
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/problem .*default\/shell pending \+7/);
    expect((await sandbox.run('db', 'check', '--repair')).code).toBe(0);
    expect(await sandbox.must('db', 'check')).toContain('the counters agree');
    expect((await left()).pending).toBe(2);
  });

  test('rows that do not belong together are told, with the first job concerned', async () => {
    const [first] = await sandbox.enqueue({ command: 'true' }, { command: 'true' });
    const { kysely } = (await sandbox.queue()).database;
    await kysely.deleteFrom('specs').where('job', '=', Number(first)).execute();
    await kysely
      .insertInto('steps')
      .values({ job: 77, name: 'x', attempt: 1, value: Buffer.from('1') })
      .execute();
    const { code, stdout } = await sandbox.run('db', 'check');
    expect(code).toBe(1);
    expect(stdout).toContain(`1 jobs have no payload: they cannot run; the first: ${first}`);
    expect(stdout).toContain('1 rows of steps belong to no job; the first: 77');
  });

  test('files that belong to nobody', async () => {
    const { files } = await sandbox.queue();
    files.ensure();
    writeFileSync(join(files.outputs, '99.1'), 'left');
    expect(await sandbox.must('db', 'check')).toMatch(/note .*1 files in .* belong to no attempt/);
    await sandbox.must('db', 'prune');
    expect(await sandbox.must('db', 'check')).not.toContain('belong to no attempt');
  });
});

describe('doctor', () => {
  const levels = async (...env: [NodeJS.ProcessEnv?]) => {
    const { code, stdout } = await sandbox.runWith({ env: env[0] }, 'doctor', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { name: string; level: string; text: string }[] };
    return { code, findings, of: (name: string) => findings.find((one) => one.name === name) };
  };

  test('a queue that is well: exit code 0, and facts', async () => {
    await sandbox.must('worker', 'start');
    await sandbox.must('config', 'set', 'max_retries', '5');
    const { code, findings, of } = await levels();
    expect(code).toBe(0);
    expect(findings.filter(({ level }) => level === 'problem')).toEqual([]);
    expect(of('program')!.text).toMatch(/^queuectl \d+\.\d+\.\d+, Node \d+/);
    expect(of('database')!.text).toMatch(ON_SERVER ? /PostgreSQL \d+.*pg \d/ : /SQLite 3\.\d+.*better-sqlite3 \d/);
    expect(of('settings')!.text).toBe('max_retries=5');
    expect(of('workers')).toMatchObject({ level: 'ok', text: '1 run' });
    if (ON_SERVER) expect(of('notify')).toMatchObject({ level: 'ok' });
    if (ON_SERVER) expect(of('clock')!.text).toMatch(/the clock of the server is \d+ ms/);
  });

  test('jobs that nobody will run are a problem, with the command that changes it', async () => {
    await sandbox.enqueue({ queue: 'mail', command: 'true' });
    const { code, stdout } = await sandbox.run('doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /problem .*1 job of mail\/shell wait.*no worker serves the queue mail\n.*queuectl worker start --queue mail/,
    );
  });

  test('secrets and the home folder stay where they are', async () => {
    const { stdout } = await sandbox.runWith({ env: { SOME_TOKEN: 'xyzzy', PGPASSWORD: 'xyzzy' } }, 'doctor');
    expect(stdout).not.toContain('xyzzy');
    expect(stdout).not.toContain(sandbox.folder);
    if (!ON_SERVER) expect(stdout).toContain('~/queue.db');
    if (ON_SERVER) expect(stdout).not.toContain(new URL(sandbox.db).password || sandbox.folder);
  });

  test.skipIf(ON_SERVER)('F20 an old sqlite3 on PATH is warned of', async () => {
    writeFileSync(join(sandbox.folder, 'sqlite3'), '#!/bin/sh\necho "3.40.1 2022-12-28 14:03:47"\n', { mode: 0o755 });
    const PATH = `${sandbox.folder}:${process.env.PATH}`;
    expect((await levels({ PATH })).of('sqlite3')).toMatchObject({ level: 'warning' });
    writeFileSync(join(sandbox.folder, 'sqlite3'), '#!/bin/sh\necho "3.51.3 2026-01-01"\n', { mode: 0o755 });
    expect((await levels({ PATH })).of('sqlite3')).toBeUndefined();
  });

  test.skipIf(ON_SERVER)('where there is no queue it says so, and makes none; a damaged one is a problem', async () => {
    expect((await levels()).of('database')).toMatchObject({ level: 'note' });
    writeFileSync(sandbox.db, 'hello\n'.repeat(1000));
    const { code, of } = await levels();
    expect(code).toBe(1);
    expect(of('database')).toMatchObject({
      level: 'problem',
      text: expect.stringContaining('is not a queuectl database'),
    });
  });

  test.runIf(ON_SERVER)('a server that cannot be reached is a problem', async () => {
    const { code, stdout } = await sandbox.run('doctor', '--db', 'postgres://me:hunter2@127.0.0.1:1/none');
    expect(code).toBe(1);
    expect(stdout).toMatch(/problem .*127\.0\.0\.1/);
    expect(stdout).not.toContain('hunter2');
  });
});

test.runIf(ON_SERVER)('what a server does by itself is refused, with the tool that does it', async () => {
  for (const [args, tool] of [
    [['backup', 'file.db'], 'pg_dump'],
    [['vacuum'], 'vacuumdb'],
    [['salvage', 'file.db'], 'backup of the server'],
  ] as const) {
    const { code, stderr } = await sandbox.run('db', ...args);
    expect({ code, said: stderr.includes(tool) }, stderr).toEqual({ code: 2, said: true });
  }
});
