// How a queue's file appears and grows: whole or not at all, whoever else does the same, whatever kills it.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { beforeAll, describe, expect, test } from 'vitest';
import { migrations } from '../../src/storage/migrations/list.js';
import { openDatabase } from '../../src/storage/open-database.js';
import { OLDEST_PROGRAM, PROGRAM } from '../../src/storage/store-facts.js';
import { buildProgram, run } from '../child-program.js';
import { temporaryFolder } from './temporary-queue.js';

let opens: string;
let migrates: string;
beforeAll(async () => {
  opens = await buildProgram(join(import.meta.dirname, 'programs', 'opens.ts'));
  migrates = await buildProgram(join(import.meta.dirname, 'programs', 'migrates.ts'));
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

async function createQueue(location: string): Promise<void> {
  await (await openDatabase(location)).close();
}

describe('a new queue', () => {
  test('is 0600 in folders of 0700, also under umask 0, and so are its WAL and index', async () => {
    const folder = temporaryFolder();
    const location = join(folder, 'a', 'b', 'queue.db');
    const before = process.umask(0);
    const database = await openDatabase(location).finally(() => process.umask(before));
    expect(modeOf(join(folder, 'a'))).toBe('700');
    expect(modeOf(join(folder, 'a', 'b'))).toBe('700');
    for (const suffix of ['', '-wal', '-shm']) expect(modeOf(location + suffix), suffix).toBe('600');
    await database.close();
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['queue.db']);
  });

  test('is made by all 16 who open it first at once, a hundred times, without an error and as one store (F51)', async () => {
    const folder = temporaryFolder();
    const children = Array.from({ length: 16 }, () => fork(opens, [], { stdio: 'inherit' }));
    await Promise.all(children.map((child) => once(child, 'message')));
    for (let round = 0; round < 100; round++) {
      const location = join(folder, String(round), 'queue.db');
      const answers = children.map((child) => once(child, 'message'));
      for (const child of children) child.send(location);
      const stores = (await Promise.all(answers)).map(([answer]) => answer as { id?: string; error?: string });
      expect(stores.map(({ error }) => error).filter(Boolean)).toEqual([]);
      expect(new Set(stores.map(({ id }) => id)).size).toBe(1);
      // SQLite leaves the WAL to the next one where two close last at the same moment; nothing half-made may stay.
      expect(readdirSync(join(folder, String(round))).filter((name) => name.endsWith('.new'))).toEqual([]);
    }
    for (const child of children) child.disconnect();
  }, 120_000);
});

test('the number of the program counts its migrations', () => {
  expect(PROGRAM).toBe(migrations.length);
  expect(OLDEST_PROGRAM).toBe(migrations.at(-1)!.oldestProgram);
});

describe('F53 a kill is all or nothing', () => {
  const hasStrace = spawnSync('strace', ['-V']).status === 0;
  const points = [
    ...[1, 5, 60, 140].map((n) => `pwrite64:signal=KILL:when=${n}`),
    ...[1, 7, 11, 13, 14].map((n) => `fsync,fdatasync:signal=KILL:when=${n}`),
    'link,linkat:signal=KILL',
    'unlink,unlinkat:signal=KILL:when=4',
  ];

  test.each(points)('while the queue is made: at %s', async (point) => {
    if (!hasStrace) return void console.log('skipped: strace is not installed');
    const location = join(temporaryFolder(), 'q', 'queue.db');
    const strace = ['-f', '-o', '/dev/null', '-e', `inject=${point}`];
    expect(await run('strace', [...strace, process.execPath, opens, location])).toMatchObject({ signal: 'SIGKILL' });
    if (existsSync(location)) expect(tablesOf(location)).toContain('jobs');
    expect(await run(process.execPath, [opens, location])).toMatchObject({ code: 0, stderr: '' });
    expect(tablesOf(location)).toEqual(expect.arrayContaining(['jobs', 'specs', 'attempts', 'workers', 'settings']));
  });

  test('in the middle of a migration of an old queue', async () => {
    const location = join(temporaryFolder(), 'queue.db');
    await createQueue(location);
    const before = tablesOf(location);
    expect(await run(process.execPath, [migrates, location, 'die'])).toMatchObject({ signal: 'SIGKILL' });
    expect(tablesOf(location)).toEqual(before);
    expect(factOf(location, 'store.program')).toBe(String(PROGRAM));
    await createQueue(location);
  });

  test('F51 eight programs migrate an old queue at once: it is done once', async () => {
    const location = join(temporaryFolder(), 'queue.db');
    await createQueue(location);
    const id = factOf(location, 'store.id');
    const all = await Promise.all(Array.from({ length: 8 }, () => run(process.execPath, [migrates, location])));
    expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(all.map(() => ({ code: 0, stderr: '' })));
    expect(tablesOf(location)).toContain('colours');
    expect(factOf(location, 'store.program')).toBe(String(PROGRAM + 1));
    expect(factOf(location, 'store.id')).toBe(id);
  });
});

function tablesOf(location: string): string[] {
  const raw = new BetterSqlite3(location);
  const rows = raw
    .prepare("select name from sqlite_master where type = 'table' order by name")
    .pluck()
    .all() as string[];
  raw.close();
  return rows;
}

function factOf(location: string, name: string): unknown {
  const raw = new BetterSqlite3(location);
  const value = raw.prepare('select value from settings where name = ?').pluck().get(name);
  raw.close();
  return value;
}
