// Another program holds the write lock for longer than anybody waits: commands say so, workers carry on afterwards.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { Sandbox, until } from '../sandbox.js';

test('F18 under a lock that is held every command that writes leaves with 75, and a worker records its job afterwards', async () => {
  const sandbox = new Sandbox('file');
  onTestFinished(() => sandbox.remove());
  await sandbox.enqueue(
    { id: 'waits', command: 'true', run_at: '+30d' },
    { id: 'gone', command: 'true', run_at: '+30d' },
  );
  await sandbox.must('cancel', 'gone');
  await sandbox.must('worker', 'start');
  const [pid] = await sandbox.workerPids();
  const done = join(sandbox.folder, 'done');
  await sandbox.enqueue({ id: 'runs', command: `sleep 2; touch '${done}'` });
  await sandbox.job('runs', ({ state }) => state === 'processing');

  const holder = new BetterSqlite3(sandbox.db);
  onTestFinished(() => void holder.close());
  await until('the lock', () => {
    try {
      return holder.exec('begin immediate');
    } catch {
      return false;
    }
  });
  const writes = [
    ...[
      ['enqueue', '--', 'true'],
      ['cancel', 'waits'],
      ['retry', 'gone'],
      ['hold', 'waits'],
      ['delete', 'gone', '--yes'],
    ],
    ...[['update', 'waits', '--priority', '5'], ['config', 'set', 'max_retries', '5'], ['undo']],
  ];
  const told = await Promise.all(writes.map((args) => sandbox.run(...args)));
  for (const [index, { code, stdout, stderr }] of told.entries()) {
    expect({ args: writes[index], code, stdout }).toEqual({ args: writes[index], code: 75, stdout: '' });
    expect(stderr).toMatch(
      /^queuectl: the database was busy for \d+ s\n {2}try again; another program holds its write lock\n$/,
    );
  }
  await until('the end of the job', () => existsSync(done));
  expect((await (await sandbox.queue()).job('runs')).state).toBe('processing'); // nobody could record it
  holder.exec('rollback');

  expect(await sandbox.ended('runs')).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await sandbox.workerPids()).toEqual([pid]);
  await sandbox.enqueue({ id: 'next', command: 'true' });
  expect(await sandbox.ended('next')).toMatchObject({ state: 'completed' });
}, 120_000);
