// What a backend gives to the contract suite, and the stores opened on it with one registered worker.
import { onTestFinished } from 'vitest';
import type { Ending, JobState } from '../../src/job/job.js';
import type { Policy } from '../../src/job/lifecycle.js';
import { CancelStore } from '../../src/storage/cancels.js';
import { type Change, ChangeStore } from '../../src/storage/changes.js';
import type { Claim, Served } from '../../src/storage/claims.js';
import type { Database } from '../../src/storage/database.js';
import { ExpiryStore } from '../../src/storage/expiry.js';
import { IntakeStore, type NewJob } from '../../src/storage/intake.js';
import { JobStore } from '../../src/storage/jobs.js';
import { PoolStore } from '../../src/storage/pools.js';
import { PruneStore } from '../../src/storage/prune.js';
import type { Removed } from '../../src/storage/removals.js';
import { RunStore, type TurnResult } from '../../src/storage/runs.js';
import { SettingsStore } from '../../src/storage/settings.js';
import type { Ended } from '../../src/storage/settlements.js';
import { StopStore } from '../../src/storage/stops.js';
import { type NewWorker, WorkerStore } from '../../src/storage/workers.js';

/** An empty store of its own, whose clock stands still until it is moved. */
export interface Backend {
  database: Database;
  /** A second connection to the same store, under the same clock. */
  connect(): Promise<Database>;
  /** Moves the clock, also backwards. */
  advance(ms: number): void;
  close(): Promise<void>;
}

export type OpenBackend = () => Promise<Backend>;

export const policy: Policy = { maxRetries: 3, maxCrashes: 3, backoff: { base: 2, maxMs: 86_400_000, jitter: 0 } };
export const everything: Served = { queues: null, types: ['shell'] };

export const ok: Ending = { outcome: 'succeeded', cause: null, exitCode: 0 };
export const exit3: Ending = { outcome: 'failed', cause: 'exit:3', exitCode: 3 };
export const lost: Ending = { outcome: 'lost', cause: 'worker_lost' };

let slots = 0;
let tokens = 0;

/** All stores over one connection. */
export class Stores {
  readonly intake: IntakeStore;
  readonly runs: RunStore;
  readonly jobs: JobStore;
  readonly cancels: CancelStore;
  readonly changes: ChangeStore;
  readonly expiry: ExpiryStore;
  readonly workers: WorkerStore;
  readonly stops: StopStore;
  readonly pools: PoolStore;
  readonly settings: SettingsStore;
  readonly prune: PruneStore;

  constructor(
    readonly database: Database,
    readonly advance: (ms: number) => void,
    readonly connect: () => Promise<Database>,
  ) {
    this.intake = new IntakeStore(database);
    this.runs = new RunStore(database);
    this.jobs = new JobStore(database);
    this.cancels = new CancelStore(database);
    this.changes = new ChangeStore(database);
    this.expiry = new ExpiryStore(database);
    this.workers = new WorkerStore(database);
    this.stops = new StopStore(database);
    this.pools = new PoolStore(database);
    this.settings = new SettingsStore(database);
    this.prune = new PruneStore(database);
  }

  /** @returns the numbers */
  async enqueue(...jobs: Partial<NewJob>[]): Promise<number[]> {
    return (await this.intake.insert(jobs.map(newJob), newToken())).map(({ number }) => number);
  }

  /** All or nothing, by `me`. */
  cancel(numbers: readonly number[], signal: string | null = null) {
    return this.#strictly(numbers, { kind: 'cancel', signal });
  }

  redrive(numbers: readonly number[], from?: readonly JobState[], who?: string) {
    return this.#strictly(numbers, { kind: 'retry' }, from ?? ['dead', 'failed', 'cancelled'], who);
  }

  async remove(numbers: readonly number[], from?: readonly JobState[]): Promise<Removed[]> {
    return (await this.#strictly(numbers, { kind: 'delete' }, from)).removed;
  }

  #strictly(numbers: readonly number[], change: Change, from?: readonly JobState[], who = 'me') {
    return this.changes.apply(numbers, change, { strict: true, change: null, who, from });
  }

  async worker(more: Partial<NewWorker> = {}): Promise<number> {
    return (await this.workers.register(newWorker(more)))!;
  }

  turn(worker: number, ended: readonly Ended[], room: number, served = everything): Promise<TurnResult> {
    return this.runs.turn({ worker, ended, room, served, policy });
  }

  async claim(worker: number, room = 1, served = everything): Promise<Claim[]> {
    return (await this.turn(worker, [], room, served)).claims;
  }

  /** Claims one job and ends it so. */
  async run(worker: number, ending: Ending): Promise<TurnResult['settled'][number]> {
    const [claim] = await this.claim(worker);
    return (await this.turn(worker, [ended(claim!, ending)], 0)).settled[0]!;
  }
}

/** Opens a backend for one test. */
export async function openStores(open: OpenBackend): Promise<Stores> {
  const backend = await open();
  onTestFinished(() => backend.close());
  const connect = async () => {
    const database = await backend.connect();
    onTestFinished(() => database.close());
    return database;
  };
  return new Stores(backend.database, (ms) => backend.advance(ms), connect);
}

export function newToken(): string {
  return `token-${process.pid}-${++tokens}`;
}

export function newJob(more: Partial<NewJob> = {}): NewJob {
  return {
    name: null,
    queue: 'default',
    type: 'shell',
    payload: Buffer.from('{"command":"true"}'),
    priority: 0,
    when: null,
    env: null,
    context: null,
    parent: null,
    key: null,
    keyScope: 'unfinished',
    ifExists: 'error',
    by: null,
    expiresInMs: null,
    maxRetries: null,
    timeoutMs: null,
    backoffBase: null,
    backoffMaxMs: null,
    ...more,
  };
}

export function newWorker(more: Partial<NewWorker> = {}): NewWorker {
  slots += 1;
  return {
    name: `worker-${slots}`,
    host: 'boot/ns',
    hostName: 'here',
    pool: 'default',
    slot: slots,
    pid: 4242,
    pidStart: '1',
    version: '0.1.0',
    queues: null,
    types: ['shell'],
    concurrency: 1,
    leaseMs: 60_000,
    ...more,
  };
}

export function ended({ job }: Claim, ending: Ending, more: Partial<Ended> = {}): Ended {
  return {
    job: job.number,
    id: job.id,
    attempt: job.attempt,
    queue: job.queue,
    type: job.type,
    ending,
    runMs: 1200,
    waitMs: 0,
    outputs: [],
    outputBytes: 0,
    outputFile: null,
    result: null,
    spentFiles: [],
    ...more,
  };
}
