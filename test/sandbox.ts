// A queue of a test's own: a temporary HOME and database, the real program, real workers, and nothing left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '../src/job/job.js';
import { checkRequest, type JobRequest } from '../src/job/request.js';
import { openQueue } from '../src/open-queue.js';
import type { Queue } from '../src/queue/queue.js';
import { isPostgres } from '../src/storage/postgres-address.js';
import { checkOutput } from './schemas.js';

export const PROGRAM = fileURLToPath(new URL('../bin/run.js', import.meta.url));
/** Compiled code of the program, which all share: made anew in each HOME it would take longer than most commands. */
const CACHE = fileURLToPath(new URL('../.tmp/cache', import.meta.url));
mkdirSync(CACHE, { recursive: true });
const DEADLINE_MS = 45_000;

/** Whether the tests run on PostgreSQL (test/on-postgres.ts): what is about a file is left out then. */
export const ON_SERVER = process.env.QUEUECTL_TEST_BACKEND === 'postgres';

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Surroundings {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  stdin?: string | Buffer;
}

let newQueueOnServer: (() => string) | undefined;

/** Every sandbox without a queue of its own is given one of these. @param create makes a queue and gives its URL */
export function useServer(create: () => string): void {
  newQueueOnServer = create;
}

export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  /** Path of the queue's file, or its URL. */
  readonly db: string;
  /** The external ledger: jobs append `id attempt start|end` to it. */
  readonly ledger = join(this.folder, 'ledger');
  #queue: Queue | undefined;

  /** @param db a URL, or `file`; else what the tests run on: see test/on-postgres.ts */
  constructor(db?: string) {
    const file = join(this.folder, 'queue.db');
    this.db = db === 'file' ? file : (db ?? newQueueOnServer?.() ?? file);
  }

  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.folder, XDG_CACHE_HOME: CACHE, QUEUECTL_DB: this.db, ...more };
  }

  /** Starts the program and leaves it running. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = this.folder): ChildProcess {
    return spawn(process.execPath, [PROGRAM, ...args], { cwd, env: this.env(env), stdio: 'pipe' });
  }

  async run(...args: string[]): Promise<Result> {
    return this.runWith({}, ...args);
  }

  async runWith({ env, cwd, stdin }: Surroundings, ...args: string[]): Promise<Result> {
    const result = await ended(this.start(args, env, cwd), stdin);
    checkOutput(args, result.stdout);
    return result;
  }

  /** Runs a command that must succeed. @returns what it printed */
  async must(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`queuectl ${args.join(' ')} left with ${code}: ${stderr}`);
    return stdout;
  }

  async queue(): Promise<Queue> {
    this.#queue ??= await openQueue({ db: this.db, env: { XDG_DATA_HOME: join(this.folder, '.local', 'share') } });
    return this.#queue;
  }

  async enqueue(...requests: JobRequest[]): Promise<string[]> {
    const queue = await this.queue();
    const caller = { host: 'elsewhere', uid: null, cwd: this.folder, umask: 0o022, env: { PATH: process.env.PATH! } };
    return queue.enqueue(requests.map(checkRequest), caller);
  }

  /** A command that writes to the ledger when it starts and when it ends, and does its work in between. */
  ledgered(work: string): string {
    const note = (what: string) => `echo "$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT ${what}" >> '${this.ledger}'`;
    return `${note('start')}; ${work}; status=$?; ${note('end')}; exit $status`;
  }

  /** Lines of the ledger so far. */
  entries(): string[] {
    return existsSync(this.ledger) ? readFileSync(this.ledger, 'utf8').trim().split('\n') : [];
  }

  /** Waits until a job is as wanted. */
  async job(id: string, wanted: (job: Job) => boolean): Promise<Job> {
    const queue = await this.queue();
    return until(`job ${id}`, async () => {
      const job = await queue.job(id);
      return wanted(job) ? job : undefined;
    });
  }

  async ended(id: string): Promise<Job> {
    return this.job(id, ({ state }) => ['completed', 'dead', 'cancelled'].includes(state));
  }

  /** Pids of the workers that have not ended. */
  async workerPids(): Promise<number[]> {
    return (await (await this.queue()).workers.living()).map((worker) => worker.pid);
  }

  /** Processes of jobs and workers that a failed test left: they have its home, or work in its folder. */
  #left(): number[] {
    if (process.platform !== 'linux') return [];
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && pid !== process.pid && isOf(pid, this.folder));
  }

  /** Ends what this queue started, by id, and removes it. */
  async remove(): Promise<void> {
    if (isPostgres(this.db) || existsSync(`${this.db}.files`)) await this.run('worker', 'stop', '--now');
    await this.#queue?.close();
    for (const pid of this.#left()) kill(pid);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @param stdin null leaves it open and empty */
export async function ended(child: ChildProcess, stdin: string | Buffer | null = ''): Promise<Result> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin?.on('error', () => {}); // a program that does not read its input may be gone before it is written
  if (stdin !== null) child.stdin?.end(stdin);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** Polls until there is something other than undefined or false. Generous, as machines are busy. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${DEADLINE_MS / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

function isOf(pid: number, folder: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) === folder) return true;
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`HOME=${folder}`);
  } catch {
    return false; // it has ended, or is another user's
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
