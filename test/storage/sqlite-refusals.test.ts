// Files that are not taken for a queue: each is refused with its reason and left as it is.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { beforeAll, describe, expect, test } from 'vitest';
import { CannotCreate, ExitCode, SchemaMismatch, StorageFault } from '../../src/errors.js';
import { openDatabase } from '../../src/storage/open-database.js';
import { PROGRAM } from '../../src/storage/store-facts.js';
import { buildProgram, run } from '../child-program.js';
import { temporaryFolder } from './temporary-queue.js';

let opens: string;
let _migrates: string;
beforeAll(async () => {
  opens = await buildProgram(join(import.meta.dirname, 'programs', 'opens.ts'));
});

const isRoot = process.getuid?.() === 0;
const _modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

async function createQueue(location: string): Promise<void> {
  await (await openDatabase(location)).close();
}

/** Opening is refused so, and changes no byte beside. */
async function expectRefusal(
  location: string,
  kind: typeof StorageFault | typeof CannotCreate,
  said: string,
): Promise<void> {
  const refused = openDatabase(location);
  await expect(refused).rejects.toBeInstanceOf(kind);
  await expect(refused).rejects.toThrow(said);
  await expect(refused).rejects.toHaveProperty('exitCode', kind === StorageFault ? ExitCode.io : ExitCode.cannotCreate);
}

describe('refused, and left as it is', () => {
  test('F12 a file of zero bytes, which once was a queue', async () => {
    const location = join(temporaryFolder(), 'queue.db');
    writeFileSync(location, '');
    await expectRefusal(location, StorageFault, 'is empty (0 bytes)');
    expect(statSync(location).size).toBe(0);
  });

  test('a folder', async () => {
    const folder = temporaryFolder();
    await expectRefusal(folder, StorageFault, 'is a folder');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a symbolic link, to a queue or to nothing', async () => {
    const folder = temporaryFolder();
    await createQueue(join(folder, 'queue.db'));
    symlinkSync('queue.db', join(folder, 'link.db'));
    symlinkSync('nowhere', join(folder, 'dangling.db'));
    await expectRefusal(join(folder, 'link.db'), StorageFault, 'is a symbolic link');
    await expectRefusal(join(folder, 'dangling.db'), StorageFault, 'is a symbolic link');
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  test('a pipe', async () => {
    const location = join(temporaryFolder(), 'pipe');
    spawnSync('mkfifo', [location]);
    await expectRefusal(location, StorageFault, 'is not a regular file');
  });

  test.each([
    ['a short text', 'hello\n'],
    ['a long text', 'hello\n'.repeat(10_000)],
    ['zeros', '\0'.repeat(8192)],
  ])('a file that is not SQLite: %s', async (_, text) => {
    const folder = temporaryFolder();
    const location = join(folder, 'queue.db');
    writeFileSync(location, text);
    await expectRefusal(location, StorageFault, 'is not a queuectl database');
    expect(readFileSync(location, 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['queue.db']);
  });

  test.each([
    ['create table notes (text)'],
    ['create table settings (id integer, theme text)'],
    ['create table settings (name text, value text)'],
    ["create table settings (name text, value text); insert into settings values ('durability', 'normal')"],
  ])('an SQLite file of another program: %s', async (statement) => {
    const folder = temporaryFolder();
    const location = join(folder, 'other.db');
    new BetterSqlite3(location).exec(statement).close();
    const before = readFileSync(location);
    await expectRefusal(location, StorageFault, 'is not a queuectl database');
    expect(readFileSync(location).equals(before)).toBe(true);
    expect(readdirSync(folder)).toEqual(['other.db']);
  });

  test('a path below a file', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'x');
    await expectRefusal(join(folder, 'file', 'queue.db'), CannotCreate, 'is not a folder');
  });

  test('a queue that cannot be read or written, or a folder in which nothing can be created', async (context) => {
    if (!isRoot) return context.skip('needs root to become another user');
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    await createQueue(join(folder, 'queue.db'));
    const program = join(folder, 'opens.mjs');
    copyFileSync(opens, program);
    symlinkSync(join(import.meta.dirname, '..', '..', 'node_modules'), join(folder, 'node_modules'));
    const asNobody = (location: string) =>
      run(process.execPath, [program, location], { uid: 65534, gid: 65534, cwd: '/' });
    expect(await asNobody(join(folder, 'queue.db'))).toMatchObject({ code: ExitCode.cannotCreate, stderr: '' });
    expect(await asNobody(join(folder, 'new.db'))).toMatchObject({ code: ExitCode.cannotCreate, stderr: '' });
    chmodSync(join(folder, 'queue.db'), 0o644);
    expect(await asNobody(join(folder, 'queue.db'))).toMatchObject({ code: ExitCode.cannotCreate, stderr: '' });
    expect(await asNobody('/root/queue.db')).toMatchObject({ code: ExitCode.io, stderr: '' });
  });

  test('F52 a queue that only newer programs may write, with exit code 78', async () => {
    const location = join(temporaryFolder(), 'queue.db');
    await createQueue(location);
    new BetterSqlite3(location)
      .exec(`update settings set value = '${PROGRAM + 1}' where name = 'store.oldest_program'`)
      .close();
    const refused = openDatabase(location);
    await expect(refused).rejects.toBeInstanceOf(SchemaMismatch);
    await expect(refused).rejects.toHaveProperty('exitCode', ExitCode.schema);
  });
});

test('a queue that a newer program only added to is opened', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  await createQueue(location);
  new BetterSqlite3(location).exec(`update settings set value = '${PROGRAM + 1}' where name = 'store.program'`).close();
  await createQueue(location);
});

test('F11 a damaged queue is reported by its name with exit code 74, and nothing is deleted', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  await createQueue(location);
  const bytes = readFileSync(location);
  bytes.fill(0xa5, 4096 * 2);
  bytes.fill(0xa5, 100, 4096);
  writeFileSync(location, bytes);
  await expectRefusal(location, StorageFault, `the database ${location} is damaged`);
  expect(readFileSync(location).equals(bytes)).toBe(true);
});

test('a long-lived program notices that its file was replaced or removed', async () => {
  const folder = temporaryFolder();
  const [location, other] = [join(folder, 'queue.db'), join(folder, 'other.db')];
  const database = await openDatabase(location);
  await createQueue(other);
  database.checkStillThere();
  renameSync(location, join(folder, 'moved.db'));
  expect(() => database.checkStillThere()).toThrow('was removed while it was in use');
  renameSync(other, location);
  expect(() => database.checkStillThere()).toThrow('was replaced while it was in use');
  rmSync(location);
  expect(() => database.checkStillThere()).toThrow(StorageFault);
  await database.close();
});
