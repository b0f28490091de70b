// The queue: what may happen to a job, and when. Commands, workers and programs all come through here.
import { BadInput, NoSuchJob } from '../errors.js';
import type { Attempt, CallerContext, Job, JobEvent, JobState, JobSurroundings } from '../job/job.js';
import { nearest } from '../job/nearest.js';
import type { CheckedRequest } from '../job/request.js';
import { surroundings, whoami } from '../process/caller.js';
import { hostKey } from '../process/identity.js';
import {
  describeSettings,
  isSettingName,
  readSetting,
  resolveSettings,
  SETTING_NAMES,
  type SettingInfo,
  type SettingName,
  type Settings,
} from '../settings.js';
import { CancelStore } from '../storage/cancels.js';
import { ChangeStore } from '../storage/changes.js';
import type { Database } from '../storage/database.js';
import { QueueFiles } from '../storage/files.js';
import { type JobFilter, JobStore, type Page } from '../storage/jobs.js';
import { PoolStore } from '../storage/pools.js';
import { RunStore } from '../storage/runs.js';
import { SettingsStore } from '../storage/settings.js';
import { StandingStore } from '../storage/standings.js';
import { StepStore } from '../storage/steps.js';
import { StopStore } from '../storage/stops.js';
import { PROGRAM, readStoreFacts } from '../storage/store-facts.js';
import { TypeOriginStore } from '../storage/type-origins.js';
import { type WorkerPlace, WorkerStore } from '../storage/workers.js';
import type { AskedJob } from './cancel.js';
import { enqueue } from './enqueue.js';
import { ALL_OUTPUT, type AttemptOutput, readOutput } from './output.js';
import { type Metrics, type Overview, readMetrics, readOverview, viewWorkers, type WorkerView } from './overview.js';
import { Silence } from './silence.js';

export interface JobDetails {
  /** Epoch ms at which all of this was read. */
  now: number;
  job: Job;
  surroundings: JobSurroundings;
  attempts: Attempt[];
  events: JobEvent[];
  /** The workers that ran it, by number. */
  workers: Map<number, WorkerPlace>;
}

/** Longer writes would hold the lock for too long. */
const LARGEST_CHANGE = 1000;

export class Queue {
  readonly files: QueueFiles;
  readonly runs: RunStore;
  readonly workers: WorkerStore;
  readonly stops: StopStore;
  readonly pools: PoolStore;
  readonly cancels: CancelStore;
  readonly steps: StepStore;
  readonly typeOrigins: TypeOriginStore;
  /** What this process knows of workers elsewhere. */
  readonly silence = new Silence();
  readonly #jobs: JobStore;
  readonly #changes: ChangeStore;
  readonly #settings: SettingsStore;

  constructor(
    readonly database: Database,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    this.files = new QueueFiles(database.filesFolder);
    this.runs = new RunStore(database);
    this.workers = new WorkerStore(database);
    this.stops = new StopStore(database);
    this.pools = new PoolStore(database);
    this.cancels = new CancelStore(database);
    this.steps = new StepStore(database);
    this.typeOrigins = new TypeOriginStore(database);
    this.#jobs = new JobStore(database);
    this.#changes = new ChangeStore(database);
    this.#settings = new SettingsStore(database);
  }

  /** @returns the ids, in the order of the requests. @throws BadInput, Conflict */
  enqueue(requests: readonly CheckedRequest[], caller?: CallerContext): Promise<string[]> {
    return enqueue(this.database, requests, caller ?? surroundings(this.env));
  }

  /** @throws NoSuchJob */
  async job(id: string): Promise<Job> {
    const job = await this.#jobs.find(id);
    if (!job) throw new NoSuchJob(id);
    return job;
  }

  /** @throws NoSuchJob */
  async details(id: string): Promise<JobDetails> {
    const job = await this.job(id);
    const surroundings = await this.#jobs.surroundings(job.number);
    const attempts = await this.#jobs.attempts(job.number);
    const events = await this.#jobs.events(job.number);
    const workers = await this.workers.places([...new Set(attempts.map((attempt) => attempt.worker))]);
    return { now: await this.database.present(), job, surroundings, attempts, events, workers };
  }

  list(filter: JobFilter, page: Page): Promise<Job[]> {
    return this.#jobs.list(filter, page);
  }

  /** @param attempt null is the last one. @returns undefined before the first attempt. @throws NoSuchJob */
  async output(id: string, attempt: number | null, part = ALL_OUTPUT): Promise<AttemptOutput | undefined> {
    const elsewhere = (one: Attempt) => this.elsewhere(one);
    return readOutput(this.#jobs, this.files, elsewhere, await this.job(id), attempt, part);
  }

  /** What jobs left as their results, by number; those that left none are not there. */
  results(jobs: readonly Pick<Job, 'number'>[]): Promise<Map<number, string>> {
    return new StandingStore(this.database).results(jobs.map(({ number }) => number));
  }

  /** The name of the host that has an attempt's files, where that is another one. */
  async elsewhere({ worker }: Attempt): Promise<string | null> {
    if (this.database.oneMachine) return null;
    const place = (await this.workers.places([worker])).get(worker);
    return place && place.host !== hostKey() ? place.hostName : null;
  }

  overview(): Promise<Overview> {
    return readOverview(this.database, this.#jobs, this.workers);
  }

  metrics(): Promise<Metrics> {
    return readMetrics(this.database, this.#jobs, this.workers);
  }

  /** Living workers and what they run. */
  workerViews(): Promise<WorkerView[]> {
    return viewWorkers(this.database, this.#jobs, this.workers);
  }

  /**
   * Waiting jobs are cancelled at once; running ones are asked to end, and their workers woken.
   * @param signal the first one for running jobs; null is TERM
   * @throws NoSuchJob, Conflict; nothing is cancelled then
   */
  async cancel(ids: readonly string[], signal: string | null = null): Promise<{ ended: Job[]; asked: AskedJob[] }> {
    const jobs = new Map((await this.#all(ids)).map((job) => [job.number, job]));
    if (jobs.size > LARGEST_CHANGE) throw new BadInput(`at most ${LARGEST_CHANGE} jobs at once`);
    const cancelled = await this.cancels.cancel([...jobs.keys()], whoami(), signal);
    this.database.wake();
    const ended = cancelled.filter(({ how }) => how === 'ended').map(({ job }) => jobs.get(job)!);
    const asked = [];
    for (const { job, how } of cancelled) {
      if (how !== 'ended') asked.push({ job: await this.job(String(job)), before: how === 'asked_before' });
    }
    return { ended, asked };
  }

  /** Puts jobs of the DLQ back into their queues. @throws NoSuchJob, Conflict */
  async redriveDead(ids: readonly string[]): Promise<Job[]> {
    const jobs = await this.#all(ids);
    await this.#changes.redrive(numbersOf(jobs), whoami(), ['dead']);
    this.database.wake('resting');
    return jobs;
  }

  /** Removes jobs of the DLQ for good, outputs included. @throws NoSuchJob, Conflict */
  async purgeDead(ids: readonly string[]): Promise<Job[]> {
    return this.#remove(await this.#all(ids), ['dead']);
  }

  /** Runs a change over all jobs that fit, 1,000 at a time, and over each only once. @returns how many */
  async eachBatch(filter: JobFilter, change: (ids: string[]) => Promise<unknown>): Promise<number> {
    for (let [total, after] = [0, 0]; ; ) {
      const jobs = await this.#jobs.list({ ...filter, after }, { limit: 1000 });
      if (jobs.length === 0) return total;
      await change(jobs.map((job) => String(job.number)));
      total += jobs.length;
      after = jobs.at(-1)!.number;
    }
  }

  /** A newer program has changed it in a way that this one must not write to. */
  async isBeyondUs(): Promise<boolean> {
    return (await readStoreFacts(this.database)).oldestProgram > PROGRAM;
  }

  storeId(): Promise<string> {
    return this.#settings.storeId();
  }

  async settings(): Promise<Settings> {
    return resolveSettings(await this.#settings.all(), this.env);
  }

  async describeSettings(): Promise<SettingInfo[]> {
    return describeSettings(await this.#settings.all(), this.env);
  }

  /** @throws BadInput for an unknown name */
  async setting(name: string): Promise<SettingInfo> {
    const known = knownSetting(name);
    return (await this.describeSettings()).find((info) => info.name === known)!;
  }

  /** Running workers take it up at once. @throws BadInput for an unknown name or a value that does not fit */
  async setSetting(name: string, text: string): Promise<void> {
    const known = knownSetting(name);
    await this.#settings.set(known, String(readSetting(known, text)), whoami());
    this.database.wake();
  }

  /** @throws BadInput for an unknown name */
  async unsetSetting(name: string): Promise<void> {
    await this.#settings.unset(knownSetting(name));
    this.database.wake();
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  async #remove(jobs: Job[], expected: readonly JobState[]): Promise<Job[]> {
    const removed = await this.#changes.remove(numbersOf(jobs), expected);
    for (const { outputFiles } of removed) for (const name of outputFiles) this.files.removeOutputs(name);
    return jobs;
  }

  async #all(ids: readonly string[]): Promise<Job[]> {
    const jobs = [];
    for (const id of ids) jobs.push(await this.job(id));
    return jobs;
  }
}

function numbersOf(jobs: readonly Job[]): number[] {
  return [...new Set(jobs.map((job) => job.number))];
}

function knownSetting(typed: string): SettingName {
  const name = typed.replaceAll('-', '_');
  if (isSettingName(name)) return name;
  const meant = nearest(name, SETTING_NAMES);
  throw new BadInput(`no such setting: ${typed}`, [
    meant ? `did you mean ${meant}?` : 'queuectl config show lists the settings',
  ]);
}
