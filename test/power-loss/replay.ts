// Records programs that use a queue, cuts the power at many points, and opens what is left with the program.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { sql } from 'kysely';
import { openQueue } from '../../src/open-queue.js';
import { buildProgram, ROOT } from '../child-program.js';
import { Random } from '../random.js';
import { Disk } from './disk.js';
import { type DiskEvent, readTrace, TRACED } from './trace.js';

export interface ReplayOptions {
  cuts: number;
  seed: number;
  durability: 'full' | 'normal';
  say?: (line: string) => void;
}

export interface Replayed {
  events: number;
  acknowledgements: number;
  cuts: number;
  /** Cuts after which something acknowledged was not there. */
  losses: string[];
  /** Cuts after which the queue could not be opened, or was not whole. */
  broken: string[];
}

const PROGRAM = join(ROOT, 'bin/run.js');
const WRITER = join(ROOT, 'test/power-loss/programs/writer.ts');

export async function replay({ cuts, seed, durability, say = () => {} }: ReplayOptions): Promise<Replayed> {
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  try {
    const events = await record(folder, durability);
    say(`durability ${durability}: ${events.length} events recorded`);
    const random = new Random(seed);
    const points = Array.from({ length: cuts }, () => random.between(1, events.length)).sort((a, b) => a - b);
    return await cutAt(points, events, random, say);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A new queue, enqueues by the real program, a writer that works, and another one that finds the queue closed. */
async function record(folder: string, durability: string): Promise<DiskEvent[]> {
  const db = join(folder, 'home', 'queue.db');
  const writer = await buildProgram(WRITER);
  const node = process.execPath;
  const script = `set -e
    for n in 1 2 3; do '${node}' '${PROGRAM}' enqueue '{"id":"cli-'$n'","command":"true"}'; done
    '${node}' '${writer}' '${db}' one 100
    '${node}' '${PROGRAM}' enqueue '{"id":"cli-4","command":"true"}'
    '${node}' '${writer}' '${db}' two 20`;
  const trace = join(folder, 'trace');
  const strace = ['-f', '--seccomp-bpf', '-y', '-xx', '-s', '1000000', '-o', trace, '-e', `trace=${TRACED}`];
  const env = { PATH: process.env.PATH, HOME: folder, QUEUECTL_DB: db };
  const child = spawn('strace', [...strace, 'sh', '-c', script], {
    cwd: folder,
    env: durability === 'normal' ? { ...env, QUEUECTL_DURABILITY: 'normal' } : env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const code = await new Promise((resolve) => child.once('close', resolve));
  rmSync(writer);
  if (code !== 0) throw new Error(`the programs left with ${code}`);
  return readTrace(readFileSync(trace, 'latin1'), join(folder, 'home'));
}

async function cutAt(
  points: readonly number[],
  events: readonly DiskEvent[],
  random: Random,
  say: (line: string) => void,
): Promise<Replayed> {
  const disk = new Disk();
  const acknowledged: string[] = [];
  const result: Replayed = { events: events.length, acknowledgements: 0, cuts: 0, losses: [], broken: [] };
  // Opening syncs, which costs nothing in memory.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'queuectl-test-'));
  let done = 0;
  try {
    for (const point of points) {
      for (; done < point; done++) {
        const event = events[done]!;
        disk.apply(event);
        if (event.kind === 'said') acknowledged.push(...event.text.trim().split('\n').map(acknowledgement));
      }
      const home = join(folder, String(result.cuts++));
      const files = disk.cut(random);
      const at = `cut ${result.cuts} after event ${point}`;
      try {
        const missing = await lookAt(home, files, acknowledged);
        if (missing.length > 0) result.losses.push(`${at}: ${missing.length} lost, ${missing.slice(0, 3).join('; ')}`);
      } catch (error) {
        result.broken.push(`${at}: ${(error as Error).message}`);
      }
      rmSync(home, { recursive: true });
      if (result.cuts % 500 === 0) say(`${result.cuts} cuts`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { ...result, acknowledgements: acknowledged.length };
}

/** The writer says what it acknowledges, the program prints the id. */
function acknowledgement(line: string): string {
  return line.startsWith('ack ') ? line.slice(4) : `enqueued ${line}`;
}

/** @returns what was acknowledged and is not there. @throws when the queue cannot be used */
async function lookAt(
  home: string,
  files: ReadonlyMap<string, Buffer>,
  acknowledged: readonly string[],
): Promise<string[]> {
  mkdirSync(home);
  for (const [path, content] of files) {
    if (dirname(path).endsWith('/home') && !path.endsWith('-shm')) writeFileSync(join(home, basename(path)), content);
  }
  const queue = await openQueue({ db: join(home, 'queue.db'), env: {} });
  try {
    const { kysely } = queue.database;
    const { rows } = await sql`pragma integrity_check`.execute(kysely);
    if (JSON.stringify(rows) !== '[{"integrity_check":"ok"}]') throw new Error(JSON.stringify(rows));
    const jobs = await kysely.selectFrom('jobs').select(['number', 'name']).execute();
    const names = new Map(jobs.map(({ number, name }) => [number, name]));
    const attempts = await kysely.selectFrom('attempts').select(['job', 'attempt', 'outcome']).execute();
    const there = new Set([
      ...jobs.map(({ name }) => `enqueued ${name}`),
      ...attempts.map(({ job, attempt }) => `claimed ${names.get(job)} ${attempt}`),
      ...attempts.map(({ job, attempt, outcome }) => `outcome ${names.get(job)} ${attempt} ${outcome}`),
    ]);
    return acknowledged.filter((what) => !there.has(what));
  } finally {
    await queue.close();
  }
}
