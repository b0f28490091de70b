// F11: files that were overwritten or cut off, and what is saved of them.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFile } from '../../src/storage/check-file.js';
import { disagreements } from '../../src/storage/check-rows.js';
import { openDatabase } from '../../src/storage/open-database.js';
import { wrongCounts } from '../../src/storage/recount.js';
import { salvageFile } from '../../src/storage/salvage-file.js';
import { Random } from '../random.js';
import { ended, exit3, newJob, newToken, newWorker, ok, Stores } from './backend.js';
import { temporaryFolder } from './temporary-queue.js';

const PAGE = 4096;
const JOBS = 3000;

interface JobFacts {
  name: string | null;
  state: string;
  payload: string;
}

const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
/** A queue as it is after some work, in one file without a WAL. */
const whole = join(folder, 'queue.db');
let sound: Buffer;
let jobs: Map<number, JobFacts>;

beforeAll(async () => {
  const database = await openDatabase(whole);
  const nobody = () => Promise.reject(new Error('one connection is enough'));
  const stores = new Stores(database, () => {}, nobody);
  const context = { host: 'here', uid: 0, cwd: '/', umask: 0o022, env: { PATH: '/bin' } };
  for (let first = 0; first < JOBS; first += 1000) {
    const some = Array.from({ length: 1000 }, (_, n) => {
      const long = 'x'.repeat(n % 50 === 0 ? 9000 : 20);
      const payload = Buffer.from(JSON.stringify({ command: `echo ${first + n} ${long}` }));
      return newJob({ name: n % 3 === 0 ? `job-${first + n}` : null, payload, context });
    });
    await stores.intake.insert(some, newToken());
  }
  const worker = await stores.worker(newWorker());
  const outputs = [{ stream: 1 as const, head: Buffer.alloc(300, 'said\n'), tail: null, cutBytes: 0 }];
  for (let turn = 0; turn < 8; turn++) {
    const claims = await stores.claim(worker, 200);
    const all = claims.map((claim, n) => ended(claim, n % 7 === 0 ? exit3 : ok, { outputs, outputBytes: 300 }));
    await stores.turn(worker, all, 0);
  }
  await stores.claim(worker, 20);
  await database.close();
  sound = readFileSync(whole);
  jobs = jobsIn(whole);
});

function jobsIn(location: string): Map<number, JobFacts> {
  const db = new BetterSqlite3(location, { readonly: true });
  const rows = db
    .prepare<[], JobFacts & { number: number }>(
      'select number, name, state, cast(payload as text) as payload from jobs join specs on specs.job = jobs.number',
    )
    .all();
  db.close();
  return new Map(rows.map(({ number, ...facts }) => [number, facts]));
}

/** Salvages a file and holds what all salvaged queues have to be: whole, and nothing in them that was not there. */
async function salvaged(damaged: string) {
  const before = readFileSync(damaged);
  const to = join(temporaryFolder(), 'saved.db');
  const told = await salvageFile(damaged, to, () => {});
  expect(readFileSync(damaged).equals(before)).toBe(true);
  expect(checkFile(to, false).damage).toEqual([]);
  const database = await openDatabase(to);
  expect(await wrongCounts(database)).toEqual([]);
  expect(await disagreements(database)).toEqual([]);
  await database.close();
  const saved = jobsIn(to);
  for (const [number, facts] of saved) {
    if (facts.state === 'held') expect(facts.payload).toBe(jobs.get(number)!.payload);
    else expect(facts).toEqual(jobs.get(number));
  }
  const held = [...saved.values()].filter(({ state }) => state === 'held').length;
  expect(held).toBe(told.withoutRow.length + told.inDoubt.length);
  return { told, saved, held, to };
}

function damaged(change: (bytes: Buffer) => unknown): string {
  const location = join(temporaryFolder(), 'queue.db');
  const bytes = Buffer.from(sound);
  const changed = change(bytes);
  writeFileSync(location, Buffer.isBuffer(changed) ? changed : bytes);
  return location;
}

const fill = (bytes: Buffer, page: number, pages = 1) => bytes.fill(0xa5, (page - 1) * PAGE, (page - 1 + pages) * PAGE);

test('of a sound file everything comes over, which store it is included', async () => {
  const { told, saved, to } = await salvaged(whole);
  expect(saved).toEqual(jobs);
  expect(told).toMatchObject({ lostPages: 0, lostRows: 0, withoutPayload: [], withoutRow: [], inDoubt: [] });
  const rows = (location: string, text: string) => {
    const db = new BetterSqlite3(location, { readonly: true });
    const all = db.prepare(text).all();
    db.close();
    return all;
  };
  for (const table of ['attempts', 'outputs', 'workers', 'contexts', 'rollup', 'settings', 'sqlite_sequence']) {
    const text = `select * from ${table} order by 1, 2`;
    const stable = table === 'settings' ? text.replace('*', 'name, value, who') : text;
    expect(rows(to, stable), table).toEqual(rows(whole, stable));
  }
});

describe('F11 pages are overwritten', () => {
  test('the first one, and with it the list of tables and which pages are free: every job comes over', async () => {
    const location = damaged((bytes) => fill(bytes, 1));
    expect(checkFile(location, false).damage).not.toEqual([]);
    expect((await salvaged(location)).saved).toEqual(jobs);
  });

  test('all that lists tables and leads to their rows', async () => {
    const inner = [...Array(sound.length / PAGE).keys()]
      .map((n) => n + 1)
      .filter((n) => [2, 5].includes(sound[(n - 1) * PAGE + (n === 1 ? 100 : 0)]!));
    const location = damaged((bytes) => {
      for (const page of inner) fill(bytes, page);
    });
    const { saved, held } = await salvaged(location);
    expect([...saved.keys()].sort((a, b) => a - b)).toEqual([...jobs.keys()]);
    expect(held).toBe(
      inner.includes(1) ? [...jobs.values()].filter(({ state }) => ['pending', 'failed'].includes(state)).length : 0,
    );
  });

  test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))('somewhere: seed %i', async (seed) => {
    const random = new Random(seed);
    const pages = sound.length / PAGE;
    const location = damaged((bytes) => {
      for (let n = random.between(1, 6); n > 0; n--) fill(bytes, random.between(1, pages), random.between(1, 3));
    });
    const { saved } = await salvaged(location);
    // 18 pages at most, each with up to a hundred payloads or rows of jobs.
    expect(saved.size).toBeGreaterThan(JOBS - 18 * 110);
  });

  test.each(Array.from({ length: 8 }, (_, seed) => seed + 101))(
    'sectors of zeros within pages: seed %i',
    async (seed) => {
      const random = new Random(seed);
      const location = damaged((bytes) => {
        for (let n = random.between(1, 20); n > 0; n--) {
          const to = random.between(0, bytes.length / 512 - 1);
          bytes.fill(0, to * 512, to * 512 + 512);
        }
      });
      expect((await salvaged(location)).saved.size).toBeGreaterThan(JOBS / 2);
    },
  );
});

test.each([0.2, 0.5, 0.9])('F11 a file that was cut off at %d of its length', async (part) => {
  const location = damaged((bytes) => bytes.subarray(0, Math.floor(bytes.length * part)));
  expect(checkFile(location, true).damage).not.toEqual([]);
  const { told } = await salvaged(location);
  expect(told.lostPages).toBeGreaterThan(0);
});

test('what only the WAL has comes over, up to its last whole commit', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  const writer = await openDatabase(location);
  const stores = new Stores(
    writer,
    () => {},
    () => Promise.reject(new Error('one connection is enough')),
  );
  for (let n = 0; n < 20; n++) await stores.enqueue({ name: `before-${n}` });
  const copy = join(temporaryFolder(), 'queue.db');
  copyFileSync(location, copy);
  const wal = readFileSync(`${location}-wal`);
  wal.fill(0xa5, wal.length - 2000); // in the last commit
  writeFileSync(`${copy}-wal`, wal);
  await writer.close();
  const to = join(temporaryFolder(), 'saved.db');
  await salvageFile(copy, to, () => {});
  const names = [...jobsIn(to).values()].map(({ name }) => name);
  expect(names).toEqual(Array.from({ length: 19 }, (_, n) => `before-${n}`));
});

test('a file that is no database at all gives an empty queue, and says so', async () => {
  const location = join(temporaryFolder(), 'queue.db');
  writeFileSync(location, 'hello\n'.repeat(5000));
  const to = join(temporaryFolder(), 'saved.db');
  expect((await salvageFile(location, to, () => {})).rows.jobs).toBeUndefined();
  expect(existsSync(to)).toBe(true);
});

test('a file that is there is not replaced', async () => {
  const to = join(temporaryFolder(), 'saved.db');
  writeFileSync(to, 'mine');
  await expect(salvageFile(whole, to, () => {})).rejects.toHaveProperty('exitCode', 4);
  expect(readFileSync(to, 'utf8')).toBe('mine');
});
