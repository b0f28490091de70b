// Who is killed, and how many at once: SIGKILL only, and only for processes of the campaign's own queue.
import { readdirSync, readFileSync } from 'node:fs';
import type { Queue } from '../../src/queue/queue.js';
import type { Random } from '../random.js';

const STRIKES = {
  worker: 7,
  launcher: 3,
  job: 4,
  'worker and launcher': 3,
  'worker with all its jobs': 3,
  'all workers': 2,
  everything: 1,
} as const;

export type Strike = keyof typeof STRIKES;

/** Jobs and their shells are left alone: then none of them may be lost. */
const ON_WORKERS: Partial<Record<Strike, number>> = { worker: 3, 'all workers': 1 };

interface Victims {
  workers: number[];
  /** Shells around commands, of workers that live or died. */
  shells: number[];
  /** Processes of jobs. */
  jobs: number[];
}

/** @returns what was done and to how many processes; 0 when there was nobody */
export async function strike(
  random: Random,
  queue: Queue,
  workersOnly: boolean,
): Promise<{ how: Strike; killed: number }> {
  const how: Strike = random.weighted(workersOnly ? ON_WORKERS : STRIKES);
  const { workers, shells, jobs } = await victims(queue);
  const worker = random.pick(workers);
  const own = worker === undefined ? [] : [worker];
  const itsShells = shells.filter((pid) => parentOf(pid) === worker);
  const chosen: Record<Strike, () => (number | undefined)[]> = {
    worker: () => own,
    launcher: () => [random.pick(shells)],
    job: () => [random.pick(jobs)],
    'worker and launcher': () => shuffled(random, [...own, random.pick(itsShells)]),
    'worker with all its jobs': () => [...own, ...itsShells, ...jobs.filter((pid) => isBelow(pid, itsShells))],
    'all workers': () => workers,
    everything: () => shuffled(random, [...workers, ...shells, ...jobs]),
  };
  return { how, killed: chosen[how]().filter((pid) => pid !== undefined && kill(pid)).length };
}

async function victims(queue: Queue): Promise<Victims> {
  const mark = `QUEUECTL_MARK=${await queue.storeId()}:`;
  const workers = (await queue.workers.living()).map(({ pid }) => pid).filter((pid) => read(pid, 'cmdline') !== '');
  const shells: number[] = [];
  const jobs: number[] = [];
  const runners = new Set(await runnersOf(queue));
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    const wrapped = read(pid, 'cmdline').includes('\0queuectl\0');
    if (runners.has(pid) || (workers.includes(parentOf(pid)!) && pid !== process.pid)) shells.push(pid);
    else if (read(pid, 'environ').includes(mark)) (wrapped ? shells : jobs).push(pid);
  }
  return { workers, shells, jobs };
}

/** Launchers that outlived their worker, while their command runs. */
async function runnersOf({ database }: Queue): Promise<number[]> {
  const rows = await database.kysely
    .selectFrom('attempts')
    .select('runner')
    .where('finished_at', 'is', null)
    .where('runner', 'is not', null)
    .execute();
  return rows
    .map(({ runner }) => runner!.split(' '))
    .filter(([pid, start]) => statOf(Number(pid))?.[19] === start)
    .map(([pid]) => Number(pid));
}

function isBelow(pid: number, ancestors: readonly number[]): boolean {
  for (let at = parentOf(pid); at !== undefined && at > 1; at = parentOf(at)) if (ancestors.includes(at)) return true;
  return false;
}

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** The fields of /proc/PID/stat behind the name. */
function statOf(pid: number): string[] | undefined {
  const stat = read(pid, 'stat');
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function shuffled<T>(random: Random, all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}
