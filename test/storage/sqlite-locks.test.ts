// Several programs on one SQLite file: locks are waited for without standing still, and everyone gets through.
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { beforeAll, expect, test } from 'vitest';
import { DatabaseBusy, ExitCode } from '../../src/errors.js';
import { IntakeStore } from '../../src/storage/intake.js';
import { JobStore } from '../../src/storage/jobs.js';
import { openDatabase } from '../../src/storage/open-database.js';
import { buildProgram, run } from '../child-program.js';
import { newJob, newToken } from './backend.js';
import { temporaryFolder } from './temporary-queue.js';

let claims: string;
let enqueues: string;
beforeAll(async () => {
  claims = await buildProgram(join(import.meta.dirname, 'programs', 'claims.ts'));
  enqueues = await buildProgram(join(import.meta.dirname, 'programs', 'enqueues.ts'));
});

/** An open queue whose write lock another connection holds. */
async function lockedQueue(patienceMs: number) {
  const location = join(temporaryFolder(), 'queue.db');
  const database = await openDatabase(location, { patienceMs });
  const holder = new BetterSqlite3(location);
  holder.exec('begin immediate');
  return { location, database, holder };
}

test('F18 while another program holds the write lock, an enqueue waits and the program lives on', async () => {
  const { database, holder } = await lockedQueue(30_000);
  let beats = 0;
  const heart = setInterval(() => {
    beats += 1;
    if (beats === 30) holder.exec('rollback');
  }, 10);
  const numbers = await new IntakeStore(database).insert([newJob()], newToken());
  clearInterval(heart);
  expect(beats).toBeGreaterThanOrEqual(30);
  expect(numbers).toMatchObject([{ number: 1 }]);
  holder.close();
  await database.close();
});

test('F18 past its patience it ends with exit code 75, and carries on afterwards', async () => {
  const { database, holder } = await lockedQueue(200);
  const intake = new IntakeStore(database);
  const refused = intake.insert([newJob()], newToken());
  await expect(refused).rejects.toBeInstanceOf(DatabaseBusy);
  await expect(refused).rejects.toHaveProperty('exitCode', ExitCode.busy);
  holder.exec('rollback');
  holder.close();
  expect(await intake.insert([newJob()], newToken())).toMatchObject([{ number: 1 }]);
  await database.close();
});

test('F18 reading needs no lock: a locked queue is still listed, and still opened', async () => {
  const { location, database, holder } = await lockedQueue(200);
  expect(await new JobStore(database).list({}, { limit: 1 })).toEqual([]);
  await (await openDatabase(location, { patienceMs: 200 })).close();
  holder.close();
  await database.close();
});

test('F18 a queue that is locked as a whole is waited for, then opened', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  await (await openDatabase(location)).close();
  const holder = new BetterSqlite3(location);
  holder.exec('pragma locking_mode = exclusive; begin exclusive; commit');
  await expect(openDatabase(location, { patienceMs: 100 })).rejects.toBeInstanceOf(DatabaseBusy);
  const opening = openDatabase(location, { patienceMs: 30_000 });
  setTimeout(() => holder.close(), 50);
  await (await opening).close();
});

test('a transaction that fails leaves nothing behind and the connection usable', async () => {
  const database = await openDatabase(join(temporaryFolder(), 'queue.db'));
  const failing = database.transaction(async (tx) => {
    await tx.insertInto('settings').values({ name: 'x', value: '1', changed_at: 0, who: null }).execute();
    throw new Error('in the middle');
  });
  await expect(failing).rejects.toThrow('in the middle');
  expect(await database.kysely.selectFrom('settings').selectAll().where('name', '=', 'x').execute()).toEqual([]);
  await database.close();
});

test('statements of others wait until a transaction of the same connection has ended', async () => {
  const database = await openDatabase(join(temporaryFolder(), 'queue.db'));
  const order: string[] = [];
  const transaction = database.transaction(async (tx) => {
    await tx.selectFrom('settings').selectAll().execute();
    await new Promise((resolve) => setImmediate(resolve));
    order.push('transaction');
  });
  const read = database.kysely
    .selectFrom('jobs')
    .selectAll()
    .execute()
    .then(() => order.push('read'));
  await Promise.all([transaction, read]);
  expect(order).toEqual(['transaction', 'read']);
  await database.close();
});

test('eight programs that enqueue at once all get through, and every acknowledged job is there', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  const database = await openDatabase(location);
  const writers = Array.from({ length: 8 }, () => run(process.execPath, [enqueues, location, '50']));
  const ended = await Promise.all(writers);
  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ended.map(() => ({ code: 0, stderr: '' })));
  expect(await new JobStore(database).list({}, { limit: 1000 })).toHaveLength(400);
  await database.close();
});

test('four worker processes that claim at once share 400 jobs: each is given once and completed once', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  const database = await openDatabase(location);
  const jobs = Array.from({ length: 400 }, (_, i) => newJob({ queue: `q${i % 3}`, priority: i % 4 }));
  await new IntakeStore(database).insert(jobs, newToken());
  const ended = await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, [claims, location])));
  expect(ended.map(({ stderr }) => stderr)).toEqual(['', '', '', '']);
  const given = ended.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  expect(given).toHaveLength(400);
  expect(new Set(given).size).toBe(400);
  const completed = await new JobStore(database).list({ states: ['completed'] }, { limit: 1000 });
  expect(completed).toHaveLength(400);
  await database.close();
});
