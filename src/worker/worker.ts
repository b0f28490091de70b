// The worker: settle and claim, start, rest. It ends when it was told to stop and its slots are empty.
import { setImmediate as breath, setTimeout as pause } from 'node:timers/promises';
import { failPoint } from '../fail-point.js';
import type { Ending } from '../job/job.js';
import { Bell } from '../queue/bell.js';
import { defaultPolicy } from '../queue/policy.js';
import type { Queue } from '../queue/queue.js';
import type { Settings } from '../settings.js';
import type { CancelRequest } from '../storage/cancels.js';
import { type Claim, IN_WORKER } from '../storage/claims.js';
import type { Orphan, TurnResult } from '../storage/runs.js';
import { type Ended, notStarted, type Settled } from '../storage/settlements.js';
import { adoptCommand, ranMs } from './adopt.js';
import type { AttemptPlan, Running } from './attempt.js';
import { HandlerAttempt } from './handler-attempt.js';
import { Launchers } from './launchers.js';
import type { WorkerOptions } from './options.js';
import { OutputWatch } from './output-watch.js';
import type { ServedTypes } from './served-types.js';
import { Starter } from './start.js';
import { Stock } from './stock.js';

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
  /** A handler goes on after its grace period: the worker ends as soon as it can, and another takes its place. */
  unending(plan: AttemptPlan): void;
}

const RELEASED: Ending = { outcome: 'released', cause: 'released' };
const CANCELLED: Ending = { outcome: 'cancelled', cause: 'cancelled' };
const URGENCY: readonly Stop[] = ['drain', 'leave', 'release', 'now'];
const LONGEST_STUCK_MS = 5000;
const LEAVE_EVERY_MS = 20;
/** Seen with two workers of four slots and many tiny jobs: half the processor time a job. */
const SHORT_MS = 20;
const TOGETHER_MS = 2;
/** While jobs claimed ahead are left no slot waits for the commit. With handlers of 1 ms: 1.7 times the jobs. */
const PAUSES = 5;
/** More are not gathered: they fill a transaction. */
const MANY = 100;

export class Worker {
  /** Whether its claims would be good. */
  mayClaim = () => true;
  /** A handler that does not end ends with this process, which another one is to replace. */
  retires = false;
  readonly #bell = new Bell();
  readonly #launchers: Launchers;
  readonly #running = new Map<Running, { slot: number | null }>();
  readonly #stock: Stock;
  readonly #watch: OutputWatch;
  readonly #starter: Starter;
  #ended: Ended[] = [];
  #stop: Stop | undefined;
  #stuckTimes = 0;

  constructor(
    private readonly queue: Queue,
    /** Its number in the table of workers. */
    readonly number: number,
    private readonly options: WorkerOptions,
    storeId: string,
    public settings: Settings,
    private readonly types: ServedTypes,
    private readonly events: WorkerEvents,
  ) {
    this.#launchers = new Launchers(options.concurrency);
    this.#stock = new Stock(options.concurrency);
    this.#watch = new OutputWatch(
      () => [...this.#running.keys()].flatMap((attempt) => attempt.outputs),
      () => this.settings.max_output_bytes,
      (why) => this.events.uncapped(why),
    );
    this.#starter = new Starter({
      ...{ queue, worker: number, options, storeId, watch: this.#watch, launchers: this.#launchers },
      settings: () => this.settings,
      stuck: (plan) => this.#retire(plan),
    });
  }

  get busy(): boolean {
    return this.#running.size + this.#stock.size > 0;
  }

  get stopping(): boolean {
    return this.#stop !== undefined;
  }

  async run(): Promise<void> {
    for (;;) {
      this.#tidyStock();
      const nextDueMs = await this.#turn();
      if (this.#over()) break;
      const pollMs = this.#stop === 'leave' ? LEAVE_EVERY_MS : this.settings.worker_poll_interval * 1000;
      await this.#bell.wait(Math.min(nextDueMs ?? Number.POSITIVE_INFINITY, pollMs, this.#stock.keptForMs));
      await this.#gather();
    }
    this.#launchers.close();
  }

  /** Jobs that end together cost little more than one: those that began together and are short, and those claimed ahead. */
  async #gather(): Promise<void> {
    await breath();
    if (this.#ended.length === 0 || this.#ended.length > MANY || this.stopping) return;
    const isShort = (attempt: Running) => attempt.ageMs < SHORT_MS;
    if (this.#stock.size > 0 || [...this.#running.keys()].some(isShort)) await pause(TOGETHER_MS);
    for (let n = 1; n < PAUSES && this.#stock.size > 0 && this.#ended.length <= MANY && !this.stopping; n++) {
      await pause(TOGETHER_MS);
    }
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
    this.#drop(() => true, RELEASED);
    for (const attempt of this.#running.keys()) {
      if (how === 'release') attempt.end(RELEASED);
      else attempt.endNow(RELEASED);
    }
    return this.busy;
  }

  /** Ends what somebody wants to be cancelled. One whose attempt is not known here ended meanwhile, or is asked for again. */
  cancel(requests: readonly CancelRequest[]): void {
    const requestOf = (job: number, attempt: number) =>
      requests.find((one) => one.job === job && one.attempt === attempt);
    this.#drop(({ job }) => requestOf(job.number, job.attempt) !== undefined, CANCELLED);
    for (const attempt of this.#running.keys()) {
      const request = requestOf(attempt.plan.job, attempt.plan.attempt);
      if (request) attempt.end(CANCELLED, request.signal ?? undefined);
    }
  }

  /** Follows a job whose worker is gone to its end. It takes the room of one, also where there is none left. */
  adopt(orphan: Orphan): void {
    const { job, id, attempt, queue, type } = orphan;
    const { states } = this.queue.files;
    const mark = this.#starter.mark(job, attempt);
    const timeoutMs = this.#starter.timeoutMs(orphan.timeoutMs);
    const plan: AttemptPlan = {
      ...{ job, id, attempt, queue, type, mark, timeoutMs },
      waitMs: 0,
      ranMs: ranMs(states, orphan, mark, timeoutMs !== null),
      graceMs: this.settings.kill_grace_sec * 1000,
      files: this.queue.files.attempt(job, attempt),
      split: true,
    };
    this.events.adopted(orphan);
    const adopted = this.#starter.following(plan, null);
    this.#follow(adopted, null, () => adopted.run(async () => adoptCommand(states, orphan, mark)));
    // After that: only what was found can be ended.
    if (this.#stop === 'release' || this.#stop === 'now') this.giveBack(this.#stop);
  }

  #over(): boolean {
    const recorded = this.#ended.length === 0 || (this.#stop === 'now' && this.#stuckTimes > 3);
    const left = [...this.#running.keys()].filter((attempt) => this.#stop !== 'leave' || !attempt.canBeLeft());
    if (this.stopping && left.every(isStuck)) for (const attempt of left) attempt.giveUp();
    return this.stopping && left.length === 0 && recorded;
  }

  #retire(plan: AttemptPlan): void {
    this.events.unending(plan);
    this.retires = !this.stopping;
    this.urge('leave');
    this.wake();
  }

  /** @returns until the next job is due, ms */
  async #turn(): Promise<number | null> {
    const slots = this.#freeSlots();
    const ahead = { types: this.types.inProcess, room: this.#aheadRoom() };
    const ended = this.#ended.splice(0);
    if (ended.length + slots.length + ahead.room === 0) return null;
    const { number: worker, settings } = this;
    let result: TurnResult;
    try {
      result = await this.queue.runs.turn({
        worker,
        ended,
        room: slots.length,
        ahead,
        runners: [...slots.map((slot) => this.#launchers.runner(slot)), ...Array(ahead.room).fill(IN_WORKER)],
        served: { queues: this.options.queues, types: this.types.names },
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
    this.#stock.add(result.claims.slice(slots.length));
    for (const [index, slot] of slots.entries()) if (result.claims[index]) this.#start(result.claims[index], slot);
    for (const settled of result.settled) this.#recorded(settled); // later: the next jobs do not wait for it
    return result.nextDueMs;
  }

  #start(claim: Claim, slot: number): void {
    const { attempt, run } = this.#starter.start(claim, slot);
    this.events.started(claim);
    if (this.#stop === 'release' || this.#stop === 'now') attempt.end(RELEASED); // told while it was claimed
    this.#follow(attempt, slot, run);
  }

  #follow(attempt: Running, slot: number | null, run: () => Promise<Ended>): void {
    this.#running.set(attempt, { slot });
    this.#watch.begin();
    void run().then((ended) => {
      this.#running.delete(attempt);
      this.#ended.push(ended);
      if (attempt instanceof HandlerAttempt) this.#stock.ran(ended.runMs);
      if (slot !== null && !this.stopping) this.#refill(attempt, slot);
      this.#bell.ring();
    });
  }

  /** A slot is free again: the next job of the stock starts without waiting for a commit. */
  #refill(before: Running, slot: number): void {
    const next = this.#mayStart() ? this.#stock.take() : undefined;
    if (next) this.#start(next, slot);
    else if (!(before instanceof HandlerAttempt)) this.#launchers.prepare(slot);
  }

  #tidyStock(): void {
    if (this.stopping || this.#stock.keptForMs === 0 || !this.mayClaim()) this.#drop(() => true, RELEASED);
  }

  /** What was claimed ahead and shall not start. */
  #drop(which: (claim: Claim) => boolean, ending: Ending): void {
    this.#ended.push(...this.#stock.remove(which).map((claim) => notStarted(claim, ending)));
  }

  #recorded(settled: Settled): void {
    const { ended, state } = settled;
    // The files of a job that somebody else holds now are theirs.
    if (state !== null) this.#discard(ended.spentFiles);
    if (state === 'completed' && ended.followUps) this.queue.database.wake('resting');
    this.events.settled(settled);
  }

  #discard(names: string[]): void {
    try {
      for (const name of names) this.queue.files.removeOutput(name);
    } catch {
      // what cannot be removed is tried again when outputs are pruned
    }
  }

  /** None while all slots are held by long jobs: what waits behind them could run elsewhere. */
  #aheadRoom(): number {
    const held = [...this.#running.keys()].filter((attempt) => attempt.ageMs > SHORT_MS).length;
    return this.#mayStart() && held < this.options.concurrency ? this.#stock.room : 0;
  }

  #mayStart(): boolean {
    return !this.stopping && this.mayClaim();
  }

  /** An adopted job has no slot of its own, but leaves one of them empty: no more run at once than the user asked for. */
  #freeSlots(): number[] {
    const room = this.options.concurrency - this.#running.size;
    if (room <= 0 || !this.#mayStart()) return [];
    const taken = new Set([...this.#running.values()].map(({ slot }) => slot));
    const slots = Array.from({ length: this.options.concurrency }, (_, index) => index + 1);
    return slots.filter((slot) => !taken.has(slot)).slice(0, room);
  }
}

function isStuck(attempt: Running): attempt is HandlerAttempt {
  return attempt instanceof HandlerAttempt && attempt.isStuck;
}
