// The worker: settle and claim, start, rest. It ends when it was told to stop and its slots are empty.
import { setTimeout as pause } from 'node:timers/promises';
import { failPoint } from '../fail-point.js';
import type { Ending, ShellPayload } from '../job/job.js';
import { stateFile } from '../process/attempt-state.js';
import { defaultPolicy } from '../queue/policy.js';
import type { Queue } from '../queue/queue.js';
import type { Settings } from '../settings.js';
import type { CancelRequest } from '../storage/cancels.js';
import type { Claim } from '../storage/claims.js';
import type { Orphan, TurnResult } from '../storage/runs.js';
import type { Ended, Settled } from '../storage/settlements.js';
import { adoptCommand, ranMs } from './adopt.js';
import { Attempt, type AttemptPlan } from './attempt.js';
import { Bell } from './bell.js';
import { jobEnvironment } from './environment.js';
import { Launchers } from './launchers.js';
import { type WorkerOptions, workerName } from './options.js';
import { OutputWatch } from './output-watch.js';
import { startShell } from './start-shell.js';

/** How a worker was told to stop: leave jobs running, let them end, give them back after their grace period, or at once. */
export type Stop = 'leave' | 'drain' | 'release' | 'now';

/** What a worker tells whoever watches it: its log, and a terminal in the foreground. */
export interface WorkerEvents {
  started(claim: Claim): void;
  adopted(orphan: Orphan): void;
  settled(settled: Settled): void;
  /** The turn could not be recorded; it is tried again. */
  stuck(error: unknown): void;
  /** Outputs cannot be kept under their cap. */
  uncapped(why: string): void;
}

const RELEASED: Ending = { outcome: 'released', cause: 'released' };
const CANCELLED: Ending = { outcome: 'cancelled', cause: 'cancelled' };
const URGENCY: readonly Stop[] = ['drain', 'leave', 'release', 'now'];
const LONGEST_STUCK_MS = 5000;
const LEAVE_EVERY_MS = 20;
/** Seen with two workers of four slots and many tiny jobs: half the processor time a job. */
const SHORT_MS = 20;
const TOGETHER_MS = 2;

export class Worker {
  /** Whether its claims would be good. */
  mayClaim = () => true;
  readonly #bell = new Bell();
  readonly #launchers: Launchers;
  readonly #running = new Map<Attempt, { slot: number | null }>();
  readonly #watch: OutputWatch;
  #ended: Ended[] = [];
  #stop: Stop | undefined;
  #stuckTimes = 0;

  constructor(
    private readonly queue: Queue,
    /** Its number in the table of workers. */
    readonly number: number,
    private readonly options: WorkerOptions,
    private readonly storeId: string,
    public settings: Settings,
    private readonly events: WorkerEvents,
  ) {
    this.#launchers = new Launchers(options.concurrency);
    this.#watch = new OutputWatch(
      () => [...this.#running.keys()].flatMap((attempt) => attempt.outputs),
      () => this.settings.max_output_bytes,
      (why) => this.events.uncapped(why),
    );
  }

  get busy(): boolean {
    return this.#running.size > 0;
  }

  get stopping(): boolean {
    return this.#stop !== undefined;
  }

  async run(): Promise<void> {
    for (;;) {
      const nextDueMs = await this.#turn();
      if (this.#over()) break;
      const pollMs = this.#stop === 'leave' ? LEAVE_EVERY_MS : this.settings.worker_poll_interval * 1000;
      await this.#bell.wait(Math.min(nextDueMs ?? Number.POSITIVE_INFINITY, pollMs));
      await this.#gather();
    }
    this.#launchers.close();
  }

  /** Jobs that began together and are short end together: one turn for all of them costs little more than one for each. */
  async #gather(): Promise<void> {
    const more = () => [...this.#running.keys()].some((attempt) => attempt.ageMs < SHORT_MS);
    if (this.#ended.length > 0 && !this.stopping && more()) await pause(TOGETHER_MS);
  }

  /** Something may have changed: look again now. */
  wake(): void {
    this.#bell.ring();
  }

  stop(how: Stop): void {
    this.#stop = how;
    if (how === 'release' || how === 'now') this.giveBack(how);
    this.wake();
  }

  /** As `stop`, but never less than it was told before. */
  urge(how: Stop): void {
    if (this.#stop === undefined || URGENCY.indexOf(how) > URGENCY.indexOf(this.#stop)) this.stop(how);
  }

  /** Ends what runs, though nobody told the worker to stop, and puts it back into its queue. @returns whether anything runs */
  giveBack(how: 'release' | 'now'): boolean {
    for (const attempt of this.#running.keys()) {
      if (how === 'release') attempt.end(RELEASED);
      else attempt.endNow(RELEASED);
    }
    return this.busy;
  }

  /** Ends what somebody wants to be cancelled. One whose attempt is not known here ended meanwhile, or is asked for again. */
  cancel(requests: readonly CancelRequest[]): void {
    for (const attempt of this.#running.keys()) {
      const { job, attempt: number } = attempt.plan;
      const request = requests.find((one) => one.job === job && one.attempt === number);
      if (request) attempt.end(CANCELLED, request.signal ?? undefined);
    }
  }

  /** Follows a job whose worker is gone to its end. It takes the room of one, also where there is none left. */
  adopt(orphan: Orphan): void {
    const { job, id, attempt, queue, type } = orphan;
    const { states } = this.queue.files;
    const mark = this.#mark(job, attempt);
    const timeoutMs = this.#timeoutMs(orphan.timeoutMs);
    const plan: AttemptPlan = {
      ...{ job, id, attempt, queue, type, mark, timeoutMs },
      waitMs: 0,
      ranMs: ranMs(states, orphan, mark, timeoutMs !== null),
      graceMs: this.settings.kill_grace_sec * 1000,
      files: this.queue.files.attempt(job, attempt),
      split: true,
    };
    this.events.adopted(orphan);
    this.#follow(new Attempt(plan, this.#watch), null, async () => adoptCommand(states, orphan, mark));
    // After that: only what was found can be ended.
    if (this.#stop === 'release' || this.#stop === 'now') this.giveBack(this.#stop);
  }

  #over(): boolean {
    const recorded = this.#ended.length === 0 || (this.#stop === 'now' && this.#stuckTimes > 3);
    const left = [...this.#running.keys()].filter((attempt) => this.#stop !== 'leave' || !attempt.canBeLeft());
    return this.stopping && left.length === 0 && recorded;
  }

  /** @returns until the next job is due, ms */
  async #turn(): Promise<number | null> {
    const slots = this.#freeSlots();
    const ended = this.#ended.splice(0);
    if (ended.length === 0 && slots.length === 0) return null;
    const { number: worker, settings } = this;
    const served = { queues: this.options.queues, types: ['shell'] };
    let result: TurnResult;
    try {
      const runners = slots.map((slot) => this.#launchers.runner(slot));
      result = await this.queue.runs.turn({
        worker,
        ended,
        room: slots.length,
        runners,
        served,
        policy: defaultPolicy(settings),
      });
    } catch (error) {
      // What ended stays in memory until it can be recorded.
      this.#ended.unshift(...ended);
      this.events.stuck(error);
      return Math.min(100 * 2 ** this.#stuckTimes++ * (0.5 + Math.random()), LONGEST_STUCK_MS);
    }
    this.#stuckTimes = 0;
    if (result.settled.length > 0) failPoint('settle-after-commit');
    if (result.claims.length > 0) failPoint('claim-after-commit');
    for (const [index, claim] of result.claims.entries()) this.#start(claim, slots[index]!);
    for (const settled of result.settled) this.#recorded(settled); // later: the next jobs do not wait for it
    return result.nextDueMs;
  }

  #start(claim: Claim, slot: number): void {
    const { job, queuePolicy, waitMs } = claim;
    const mark = this.#mark(job.number, job.attempt);
    const files = this.queue.files.attempt(job.number, job.attempt);
    const plan: AttemptPlan = {
      ...{
        job: job.number,
        id: job.id,
        attempt: job.attempt,
        queue: job.queue,
        type: job.type,
        waitMs,
        mark,
        files,
      },
      timeoutMs: this.#timeoutMs(job.timeoutMs ?? queuePolicy.timeoutMs),
      split: (job.payload as ShellPayload).split_output === true,
      ranMs: 0,
      graceMs: this.settings.kill_grace_sec * 1000,
    };
    const maxTries = (job.maxRetries ?? queuePolicy.maxRetries ?? this.settings.max_retries) + 1;
    const { location: db } = this.queue.database;
    const env = jobEnvironment(claim, {
      ...{ worker: workerName(this.options), slot, mark, db, maxTries },
      resultFile: files.result,
    });
    this.events.started(claim);
    const attempt = new Attempt(plan, this.#watch);
    if (this.#stop === 'release' || this.#stop === 'now') attempt.end(RELEASED); // told while it was claimed
    this.#follow(attempt, slot, () =>
      startShell({
        claim,
        env,
        files,
        stateFile: stateFile(this.queue.files.states, this.number, slot),
        launcher: this.#launchers.of(slot),
      }),
    );
  }

  #follow(attempt: Attempt, slot: number | null, start: Parameters<Attempt['run']>[0]): void {
    this.#running.set(attempt, { slot });
    this.#watch.begin();
    void attempt.run(start).then((ended) => {
      this.#running.delete(attempt);
      if (slot !== null && !this.stopping) this.#launchers.prepare(slot);
      this.#ended.push(ended);
      this.#bell.ring();
    });
  }

  #recorded(settled: Settled): void {
    // The files of a job that somebody else holds now are theirs.
    if (settled.state !== null) this.#discard(settled.ended.spentFiles);
    this.events.settled(settled);
  }

  #discard(names: string[]): void {
    try {
      for (const name of names) this.queue.files.removeOutput(name);
    } catch {
      // what cannot be removed is tried again when outputs are pruned
    }
  }

  /** An adopted job has no slot of its own, but leaves one of them empty: no more run at once than the user asked for. */
  #freeSlots(): number[] {
    const room = this.options.concurrency - this.#running.size;
    if (this.stopping || room <= 0 || !this.mayClaim()) return [];
    const taken = new Set([...this.#running.values()].map(({ slot }) => slot));
    const slots = Array.from({ length: this.options.concurrency }, (_, index) => index + 1);
    return slots.filter((slot) => !taken.has(slot)).slice(0, room);
  }

  #mark(job: number, attempt: number): string {
    return `${this.storeId}:${job}.${attempt}`;
  }

  /** @param named by the job, else by its queue; 0 is none */
  #timeoutMs(named: number | null): number | null {
    return (named ?? this.settings.timeout_sec * 1000) || null;
  }
}
