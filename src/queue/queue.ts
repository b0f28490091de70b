// The queue: what may happen to a job, and when. Commands, workers and programs all come through here.
import { BadInput, NoSuchJob } from '../errors.js';
import type { Attempt, CallerContext, Job, JobEvent, JobSurroundings } from '../job/job.js';
import { nearest } from '../job/nearest.js';
import type { CheckedRequest } from '../job/request.js';
import { readSelector } from '../job/selector.js';
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
import type { Change } from '../storage/changes.js';
import type { Database } from '../storage/database.js';
import { ExpiryStore } from '../storage/expiry.js';
import { QueueFiles } from '../storage/files.js';
import { type DeadCause, type JobFilter, JobStore, type Page, SORTS, type Sort } from '../storage/jobs.js';
import { PoolStore } from '../storage/pools.js';
import { RunStore } from '../storage/runs.js';
import { SettingsStore } from '../storage/settings.js';
import { StandingStore } from '../storage/standings.js';
import { StepStore } from '../storage/steps.js';
import { StopStore } from '../storage/stops.js';
import { PROGRAM, readStoreFacts } from '../storage/store-facts.js';
import { TypeOriginStore } from '../storage/type-origins.js';
import { type WorkerPlace, WorkerStore } from '../storage/workers.js';
import { type BulkChange, type BulkOptions, type BulkUndo, changeJobs, undo } from './change.js';
import { type EnqueuedDocument, enqueue, enqueuedDocument, storeOne } from './enqueue.js';
import { ALL_OUTPUT, type AttemptOutput, readOutput } from './output.js';
import { type Metrics, type Overview, readMetrics, readOverview, viewWorkers, type WorkerView } from './overview.js';
import { batches, countOf, lastNumber, type Selection, selectJobs } from './select.js';
import { Silence } from './silence.js';

export type { DeadCause, JobFilter, Page, Sort };
export { SORTS };

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

export class Queue {
  readonly files: QueueFiles;
  readonly runs: RunStore;
  readonly workers: WorkerStore;
  readonly stops: StopStore;
  readonly pools: PoolStore;
  readonly cancels: CancelStore;
  readonly expiry: ExpiryStore;
  readonly steps: StepStore;
  readonly typeOrigins: TypeOriginStore;
  /** What this process knows of workers elsewhere. */
  readonly silence = new Silence();
  readonly #jobs: JobStore;
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
    this.expiry = new ExpiryStore(database);
    this.steps = new StepStore(database);
    this.typeOrigins = new TypeOriginStore(database);
    this.#jobs = new JobStore(database);
    this.#settings = new SettingsStore(database);
  }

  /** @returns the ids, in the order of the requests. @throws BadInput, Conflict */
  enqueue(requests: readonly CheckedRequest[], caller?: CallerContext): Promise<string[]> {
    return enqueue(this.database, requests, caller ?? surroundings(this.env));
  }

  /** One job, told of as on the command line. @throws BadInput, Conflict */
  async enqueueOne(request: CheckedRequest): Promise<EnqueuedDocument> {
    return enqueuedDocument(await storeOne(this.database, request, surroundings(this.env)));
  }

  /** @param id also `@` or `@~2`. @throws NoSuchJob */
  async job(id: string): Promise<Job> {
    const selector = readSelector(id);
    const number = selector.is === 'last' ? await lastNumber(this, selector.back) : undefined;
    const job = await this.#jobs.find(number === undefined ? id : String(number));
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

  /** Which jobs are meant. @param words ids, `@`, `@~2`, ranges. @throws NoSuchJob, BadInput */
  select(words: readonly string[], filter?: JobFilter): Promise<Selection> {
    return selectJobs(this, words, filter);
  }

  /** Those that are meant, as ids, in the order in which they were named. */
  async numbers(selection: Selection): Promise<string[]> {
    const all: string[] = [];
    for await (const some of batches(this, selection)) for (const number of some) all.push(String(number));
    return all;
  }

  count(selection: Selection): Promise<number> {
    return countOf(this, selection);
  }

  /**
   * Cancels, retries, holds, releases, updates or deletes jobs. Running ones that are cancelled are only asked to end.
   * @throws NoSuchJob, Conflict for jobs that were named and are in another state; nothing is changed then
   */
  change(selection: Selection, change: Change, options?: BulkOptions): Promise<BulkChange> {
    return changeJobs(this, selection, change, options);
  }

  /** Takes back a change, the last one of this user unless it is named. @returns undefined when there is none */
  undo(change?: number): Promise<BulkUndo | undefined> {
    return undo(this, change);
  }

  /** The causes of the jobs in the DLQ, the most frequent first. */
  deadByCause(queue?: string): Promise<DeadCause[]> {
    return this.#jobs.deadByCause(queue);
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
}

function knownSetting(typed: string): SettingName {
  const name = typed.replaceAll('-', '_');
  if (isSettingName(name)) return name;
  const meant = nearest(name, SETTING_NAMES);
  throw new BadInput(`no such setting: ${typed}`, [
    meant ? `did you mean ${meant}?` : 'queuectl config show lists the settings',
  ]);
}
