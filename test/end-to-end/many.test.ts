// Large inputs and long lists: others get at the queue meanwhile, memory stays flat, and a reader may go away.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ON_SERVER, PROGRAM, Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

function input(jobs: number, command: string): string {
  const path = join(sandbox.folder, `${jobs}.ndjson`);
  const file = openSync(path, 'w');
  for (let job = 0; job < jobs; job++) writeSync(file, `${JSON.stringify({ command })}\n`);
  closeSync(file);
  return path;
}

/** @returns the most memory that it had, MB, and how often `meanwhile` was called */
async function enqueueAll(
  path: string,
  meanwhile: () => void = () => {},
): Promise<{ peakMb: number; code: number | null }> {
  const stdin = openSync(path, 'r');
  const child = spawn(process.execPath, [PROGRAM, 'enqueue', '--stdin', '--json'], {
    env: sandbox.env(),
    stdio: [stdin, 'ignore', 'inherit'],
  });
  const left = once(child, 'exit');
  let peakMb = 0;
  while (child.exitCode === null && child.signalCode === null) {
    meanwhile();
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    peakMb = Math.max(peakMb, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  closeSync(stdin);
  const [code] = await left;
  return { peakMb, code };
}

test.runIf(process.platform === 'linux' && !ON_SERVER)(
  'F44 another program writes again and again while 20,000 jobs are stored',
  async () => {
    await sandbox.must('db', 'init');
    const other = new BetterSqlite3(sandbox.db, { timeout: 0 });
    const seen = new Set<number>();
    const count = other.prepare('select count(*) from jobs').pluck();
    const { code } = await enqueueAll(input(20_000, 'true'), () => {
      try {
        other.exec('begin immediate');
        seen.add(count.get() as number);
        other.exec('rollback');
      } catch (error) {
        expect(error).toMatchObject({ code: 'SQLITE_BUSY' });
      }
    });
    other.close();
    expect(code).toBe(0);
    expect([...seen].filter((jobs) => jobs > 0 && jobs < 20_000).length).toBeGreaterThan(5);
  },
  120_000,
);

test.runIf(process.platform === 'linux')(
  'F44 memory does not grow with the input',
  async () => {
    const text = `: ${'x'.repeat(6000)}`;
    const few = await enqueueAll(input(5000, text)); // past what garbage takes before it is collected
    const many = await enqueueAll(input(30_000, text)); // 150 MB more
    expect([few.code, many.code]).toEqual([0, 0]);
    expect(many.peakMb - few.peakMb).toBeLessThan(80);
  },
  180_000,
);

test('F36 a reader that goes away after the first line is no error', async () => {
  expect((await enqueueAll(input(100_000, 'true'))).code).toBe(0);
  const env = sandbox.env({ NODE: process.execPath, BIN: PROGRAM });
  for (const command of ['list', 'list --limit 20000 --ids', 'export', 'enqueue --each many -- echo']) {
    const script = `{ "$NODE" "$BIN" ${command}; echo "left with $?" >&2; } | head -1`;
    const many = spawnSync('seq', ['20000'], { encoding: 'utf8' }).stdout;
    const file = openSync(join(sandbox.folder, 'many'), 'w');
    writeSync(file, many);
    closeSync(file);
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { env, cwd: sandbox.folder, encoding: 'utf8' });
    expect(stdout.trim().split('\n'), command).toHaveLength(1);
    expect(stderr, command).not.toMatch(/EPIPE|queuectl:/);
    expect(stderr, command).toMatch(/left with 0\n$/);
  }
}, 180_000);
