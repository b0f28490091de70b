// What happens to a queue's file: it is damaged, copied, shrunk, and lies where it should not.
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CAN_HAVE_FUSE, startOnFuse } from '../fuse.js';
import { ledgerViolations, readLedger } from '../ledger.js';
import { ended, isAlive, PROGRAM, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox('file');
});
afterEach(() => sandbox.remove());

const path = (name: string) => join(sandbox.folder, name);

describe('F11 a damaged file', () => {
  const COMMANDS = [['status'], ['list'], ['enqueue', '--', 'true'], ['worker', 'start'], ['show', '3'], ['export']];

  beforeEach(async () => {
    await sandbox.enqueue(...Array.from({ length: 300 }, (_, n) => ({ command: `echo ${n}` })));
    await (await sandbox.queue()).close();
  });

  test('is reported by its name with exit code 74 by every command, checked, and salvaged into another', async () => {
    const bytes = readFileSync(sandbox.db);
    bytes.fill(0xa5, 4096); // all but the first page
    writeFileSync(sandbox.db, bytes);
    for (const args of COMMANDS) {
      const { code, stdout, stderr } = await sandbox.run(...args);
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 74, stdout: '' });
      expect(stderr).toContain(sandbox.db);
      expect(stderr).toContain('queuectl db salvage NEW_FILE');
    }
    const { code, stdout } = await sandbox.run('db', 'check');
    expect(code).toBe(74);
    expect(stdout).toMatch(/^problem .*malformed/);
    expect(stdout).toContain('queuectl db salvage');
    expect(readFileSync(sandbox.db).equals(bytes)).toBe(true);
  });

  test('that was cut off: its jobs run again once they were salvaged and the file was put in its place', async () => {
    truncateSync(sandbox.db, statSync(sandbox.db).size - 8 * 4096);
    expect((await sandbox.run('status')).code).toBe(74);
    expect((await sandbox.run('db', 'check')).code).toBe(74);
    const salvaged = await sandbox.run('db', 'salvage', 'saved.db', '--json');
    const { saved, left_out, held } = JSON.parse(salvaged.stdout);
    expect(saved.jobs).toBeGreaterThan(200);
    renameSync(sandbox.db, path('damaged.db'));
    renameSync(path('saved.db'), sandbox.db);
    await sandbox.must('db', 'check');
    const { counts } = JSON.parse(await sandbox.must('status', '--json'));
    expect(counts).toMatchObject({ pending: saved.jobs - left_out.length, held: held.length });
    await sandbox.must('worker', 'start', '--concurrency', '4');
    const done = async () => JSON.parse(await sandbox.must('status', '--json')).counts;
    await until('the jobs to run', async () => (await done()).completed === counts.pending);
    expect((await done()).held).toBe(held.length);
  });

  test('is not touched by salvage, which replaces nothing either', async () => {
    writeFileSync(path('saved.db'), 'mine');
    expect(await sandbox.run('db', 'salvage', 'saved.db')).toMatchObject({ code: 4 });
    expect(await sandbox.run('db', 'salvage', sandbox.db)).toMatchObject({ code: 4 });
    expect(readFileSync(path('saved.db'), 'utf8')).toBe('mine');
  });
});

describe('db backup', () => {
  test('is of one moment while workers write, for its owner alone, and opens as a queue', async () => {
    await sandbox.must('worker', 'start', '--count', '2', '--concurrency', '2');
    let enqueued = 0;
    let over = false;
    const writing = (async () => {
      while (!over)
        enqueued += (await sandbox.enqueue(...Array.from({ length: 20 }, () => ({ argv: ['true'] })))).length;
    })();
    for (let n = 1; n <= 5; n++) {
      await sandbox.must('db', 'backup', `${n}.db`);
      expect((statSync(path(`${n}.db`)).mode & 0o777).toString(8)).toBe('600');
      await sandbox.must('db', 'check', '--db', `${n}.db`);
    }
    over = true;
    await writing;
    const { counts } = JSON.parse(await sandbox.must('status', '--json', '--db', '5.db'));
    const jobs = Object.values<number>(counts).reduce((sum, n) => sum + n, 0);
    expect(jobs).toBeGreaterThan(0);
    expect(jobs).toBeLessThanOrEqual(enqueued);
    expect(readdirSync(sandbox.folder).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  test('leaves the workers and running jobs of the original alone, and runs again what ran', async () => {
    await sandbox.must('worker', 'start');
    const gate = path('gate');
    await sandbox.enqueue({ id: 'runs', command: sandbox.ledgered(`until test -e '${gate}'; do sleep 0.05; done`) });
    await until('the job to start', () => sandbox.entries().length === 1);
    const [pid] = await sandbox.workerPids();
    expect((await sandbox.run('db', 'backup', 'copy.db')).stderr).toContain('1 job ran at that moment');
    const inCopy = (...args: string[]) => sandbox.run(...args, '--db', path('copy.db'));
    expect(JSON.parse((await inCopy('worker', 'list', '--json')).stdout).workers ?? []).toEqual([]);
    await inCopy('worker', 'stop', '--now');
    expect(isAlive(pid!)).toBe(true);
    writeFileSync(path('go'), '');
    const again = new Sandbox(path('copy.db'));
    await again.must('worker', 'start', '--pool', 'copy');
    await until('it to run in the copy', () => sandbox.entries().length === 2); // its second attempt, in another store
    await again.must('cancel', 'runs');
    await again.ended('runs');
    expect((await again.run('show', 'runs')).stdout).toMatch(/attempt 1 (was )?(released|given back)/);
    await again.remove();
    expect(isAlive(pid!)).toBe(true);
    writeFileSync(gate, '');
    expect(await sandbox.ended('runs')).toMatchObject({ state: 'completed', attempt: 1 });
    const original = readLedger(sandbox.ledger).filter(({ attempt }) => attempt === 1);
    expect(ledgerViolations(original)).toEqual([]);
    expect(original.map(({ what }) => what)).toEqual(['start', 'end']);
  });

  test('replaces a file only by --force, and never one that somebody uses', async () => {
    await sandbox.must('enqueue', '--', 'true');
    await sandbox.must('db', 'backup', 'copy.db');
    expect(await sandbox.run('db', 'backup', 'copy.db')).toMatchObject({ code: 4 });
    await sandbox.must('enqueue', '--', 'true');
    await sandbox.must('db', 'backup', 'copy.db', '--force');
    expect(JSON.parse(await sandbox.must('status', '--json', '--db', 'copy.db')).counts.pending).toBe(2);
    const user = new BetterSqlite3(path('copy.db'));
    user.exec('begin immediate');
    expect(await sandbox.run('db', 'backup', 'copy.db', '--force')).toMatchObject({ code: 4 });
    user.close();
    expect(await sandbox.run('db', 'backup', join(sandbox.folder, 'ledger', 'x', 'y.db'))).toMatchObject({ code: 0 });
    expect(await sandbox.run('db', 'backup', '/proc/no/copy.db')).toMatchObject({ code: 73 });
    expect(await sandbox.run('db', 'backup')).toMatchObject({ code: 2 });
  });
});

test('db vacuum gives back the room of what was removed, but not while workers run', async () => {
  await sandbox.enqueue(
    ...Array.from({ length: 500 }, () => ({ command: `true ${'x'.repeat(3000)}`, max_retries: 0 })),
  );
  await sandbox.must('cancel', ...Array.from({ length: 500 }, (_, n) => String(n + 1)));
  await sandbox.must('db', 'prune', '--older-than', '0s');
  await (await sandbox.queue()).close();
  const before = statSync(sandbox.db).size;
  await sandbox.must('worker', 'start');
  expect(await sandbox.run('db', 'vacuum')).toMatchObject({ code: 4 });
  await sandbox.must('worker', 'stop');
  const { freed_bytes } = JSON.parse(await sandbox.must('db', 'vacuum', '--json'));
  expect(freed_bytes).toBeGreaterThan(1_000_000);
  expect(statSync(sandbox.db).size).toBe(before - freed_bytes);
  await sandbox.must('db', 'check');
});

test.skipIf(!CAN_HAVE_FUSE)(
  'F19 a queue on a file system of other programs is refused unless overridden (needs /dev/fuse)',
  async () => {
    const folder = path('fuse');
    mkdirSync(folder);
    const on = (env: NodeJS.ProcessEnv, ...args: string[]) =>
      ended(
        startOnFuse(
          folder,
          [process.execPath, PROGRAM, ...args],
          sandbox.env({ QUEUECTL_DB: join(folder, 'queue.db'), ...env }),
        ),
      );
    const refused = await on({}, 'enqueue', '--', 'true');
    expect(refused).toMatchObject({ code: 74, stdout: '' });
    expect(refused.stderr).toContain('lies on FUSE, where the locks of SQLite may not hold');
    expect(refused.stderr).toContain('QUEUECTL_ANY_FILE_SYSTEM=1');
    expect((await on({}, 'doctor')).stdout).toMatch(/lies on FUSE/);
    const forced = await on({ QUEUECTL_ANY_FILE_SYSTEM: '1' }, 'enqueue', '--', 'true');
    expect(forced.stderr).not.toContain('lies on FUSE'); // it goes on, and finds that nothing can be created there
    expect(forced.code).toBe(73);
  },
);
