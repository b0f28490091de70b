// Starts worker processes: detached ones that outlive this program, or children of a supervisor.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { WorkerFault } from '../errors.js';
import { pluginList, workerEntry } from '../program.js';
import type { Queue } from '../queue/queue.js';
import type { WorkerInfo } from '../storage/workers.js';
import { type WorkerOptions, workerName } from './options.js';

/**
 * MB for young objects, of which commands need few. A thousand small jobs in the worker itself: 132 µs of processor a job
 * with 1, 118 with 4 and 7 MB more resident, 110 with 8 and 20 MB more.
 */
const YOUNG_MB = { commands: 1, handlers: 4 };
/** Each thread of Node's has an arena of its own otherwise: after 4,000 jobs a worker has 72.7 MB so, and 68.2 with one. */
const ONE_ARENA = { MALLOC_ARENA_MAX: '1' };

const LOOK_EVERY_MS = 15;
/** A worker that is not ready after so long will hardly become so; a loaded machine takes a few seconds. */
const PATIENCE_MS = 60_000;

/** @returns its pid, once it has said that it is ready. @throws WorkerFault with what it said before it ended */
export async function launchDetached(queue: Queue, options: WorkerOptions): Promise<number> {
  queue.files.ensure();
  const name = workerName(options);
  const said = `${queue.files.workerLog(name)}.start`;
  const descriptor = openSync(said, 'w', 0o600);
  const { argv, env } = told(options);
  const child = spawn(process.execPath, argv, {
    env,
    cwd: '/', // a worker must not hold the folder that it was started from
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  child.unref();
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', () => resolve(readFileSync(said, 'utf8').trim() || 'it ended without a word'));
  });
  const reason = await Promise.race([gone, untilReady(queue, ({ pid }) => pid === child.pid)]);
  if (reason === undefined) return child.pid!;
  throw new WorkerFault(`${name} did not start: ${reason}`, [`its log: ${queue.files.workerLog(name)}`]);
}

/** @returns undefined when it is ready, else why it is not */
export async function untilReady(queue: Queue, isIt: (worker: WorkerInfo) => boolean): Promise<string | undefined> {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const workers = await queue.workers.living();
    if (workers.some((worker) => worker.readyAt !== null && isIt(worker))) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return `it was not ready after ${PATIENCE_MS / 1000} s`;
}

/** In a process group of its own, so that the terminal's Ctrl-C reaches the supervisor alone. */
export function launchChild(options: WorkerOptions): ChildProcess {
  const { argv, env } = told({ ...options, foreground: true });
  return spawn(process.execPath, argv, {
    env,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'], // when the channel closes the worker knows that we are gone
  });
}

/** What everybody may read of a process are its arguments: a URL with a password does not stand there. */
function told({ db, ...options }: WorkerOptions): { argv: string[]; env: NodeJS.ProcessEnv } {
  const young = existsSync(pluginList(process.env)) ? YOUNG_MB.handlers : YOUNG_MB.commands;
  const argv = [`--max-semi-space-size=${young}`, workerEntry(), JSON.stringify(options)];
  return { argv, env: { ...ONE_ARENA, ...process.env, QUEUECTL_DB: db } };
}
