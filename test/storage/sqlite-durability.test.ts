// An acknowledged enqueue stands on the disk: fsyncs are counted from outside, by strace.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import { openQueue } from '../../src/open-queue.js';
import { openDatabase } from '../../src/storage/open-database.js';
import { SettingsStore } from '../../src/storage/settings.js';
import { buildProgram, run } from '../child-program.js';
import { temporaryFolder } from './temporary-queue.js';

const hasStrace = spawnSync('strace', ['-V']).status === 0;

let enqueues: string;
beforeAll(async () => {
  enqueues = await buildProgram(join(import.meta.dirname, 'programs', 'enqueues.ts'));
});

/** @returns how many more fsyncs 30 enqueues take than 10 */
async function fsyncsOfTwenty(durability: string): Promise<number> {
  const folder = temporaryFolder();
  const location = join(folder, 'queue.db');
  const database = await openDatabase(location);
  await new SettingsStore(database).set('durability', durability, 'me');
  const counts = [];
  for (const enqueued of [10, 30]) {
    const trace = join(folder, 'trace');
    const strace = ['-f', '-o', trace, '-e', 'trace=fsync,fdatasync'];
    const { code, stderr } = await run('strace', [...strace, process.execPath, enqueues, location, String(enqueued)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    counts.push(readFileSync(trace, 'utf8').match(/f(data)?sync\(/g)?.length ?? 0);
  }
  await database.close();
  return counts[1]! - counts[0]!;
}

test('F14 each acknowledged enqueue has its own fsync', async (context) => {
  if (!hasStrace) return context.skip('strace is not installed');
  expect(await fsyncsOfTwenty('full')).toBeGreaterThanOrEqual(20);
});

test('durability normal leaves them out', async (context) => {
  if (!hasStrace) return context.skip('strace is not installed');
  expect(await fsyncsOfTwenty('normal')).toBe(0);
});

test('the pragmas are in force on each connection: WAL, FULL, a short wait for locks', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  await (await openDatabase(location)).close();
  const { kysely } = await openDatabase(location);
  const pragma = async (name: string) =>
    Object.values((await sql`pragma ${sql.raw(name)}`.execute(kysely)).rows[0]!)[0];
  expect(await pragma('journal_mode')).toBe('wal');
  expect(await pragma('synchronous')).toBe(2);
  expect(await pragma('busy_timeout')).toBe(0); // the driver waits itself
  await kysely.destroy();
});

test('QUEUECTL_DURABILITY overrides what is stored with the queue', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  const queue = await openQueue({ db: location, env: { QUEUECTL_DURABILITY: 'normal' } });
  expect((await sql`pragma synchronous`.execute(queue.database.kysely)).rows).toEqual([{ synchronous: 1 }]);
  await queue.close();
});

test('a copy that came without WAL mode gets it back', async () => {
  const folder = temporaryFolder();
  const original = join(folder, 'queue.db');
  await (await openDatabase(original)).close();
  new BetterSqlite3(original).exec(`vacuum into '${join(folder, 'copy.db')}'`).close();
  const { kysely } = await openDatabase(join(folder, 'copy.db'));
  expect((await sql`pragma journal_mode`.execute(kysely)).rows).toEqual([{ journal_mode: 'wal' }]);
  await kysely.destroy();
});

test('F20 the SQLite that runs here has no WAL-reset bug', async () => {
  const raw = new BetterSqlite3(':memory:');
  const version = raw.prepare('select sqlite_version()').pluck().get() as string;
  const [major, minor, patch] = version.split('.').map(Number);
  expect(major! * 1e6 + minor! * 1e3 + patch!).toBeGreaterThanOrEqual(3_051_003);
  raw.close();
});
