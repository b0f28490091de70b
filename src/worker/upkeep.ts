// What a worker does beside its loop: signs of life, recovery, settings, pruning. Each at its own pace, with jitter.
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { failPoint } from '../fail-point.js';
import { type KnownType, knownTypes } from '../job-types/registry.js';
import { removeStates, stateOwners } from '../process/attempt-state.js';
import { hostKey } from '../process/identity.js';
import { endDeadWorkers, orphans } from '../queue/maintenance.js';
import { prune } from '../queue/prune.js';
import type { Queue } from '../queue/queue.js';
import { after } from '../queue/timer.js';
import { heal } from './heal.js';
import { Lease } from './lease.js';
import type { WorkerOptions } from './options.js';
import type { ServedTypes } from './served-types.js';
import { StopOrders } from './stop-orders.js';
import type { Worker } from './worker.js';

/** With its jitter a job without a worker is adopted within 5 s (F01). */
const RECOVER_EVERY_MS = 3000;
const PRUNE_EVERY_MS = 600_000;
/** Signs of life in the time of one lease. */
const RENEWALS_A_LEASE = 6;
const LOOKS_A_LEASE = 12;
/** Jobs that are ended at once are gone by then. */
const ENDED_MS = 5000;

export class Upkeep {
  /** The queue is one for newer programs only. */
  outdated = false;
  #cancels: (() => void)[] = [];
  #over = false;
  /** Recovery does not wait for those that it starts. */
  #healing: Promise<void> | undefined;
  readonly #lease: Lease;
  readonly #orders: StopOrders;

  constructor(
    private readonly queue: Queue,
    private readonly worker: Worker,
    private readonly options: WorkerOptions,
    private readonly types: ServedTypes,
    private readonly logger: Logger,
    private readonly rotateLog: () => void,
  ) {
    this.#orders = new StopOrders(worker);
    worker.mayClaim = () => !this.#lease.isOver;
    this.#lease = new Lease(() => this.#leaseMs, {
      giveBack: (how) => {
        if (this.worker.giveBack(how))
          this.logger.error({ how }, 'no sign of life for too long: ending the running jobs');
      },
      renew: () => this.#soon(this.renew()),
      clockWentBack: () => this.#soon(this.followClock()),
    });
  }

  async start(): Promise<void> {
    await this.renew();
    await this.noteTypes(knownTypes());
    if (await this.queue.workers.anySeenAhead()) await this.followClock();
    await this.recover();
    this.#every(
      () => this.#leaseMs / RENEWALS_A_LEASE,
      () => this.renew(),
    );
    this.#every(
      () => this.#leaseMs / LOOKS_A_LEASE,
      async () => this.#lease.look(),
    );
    this.#every(
      () => RECOVER_EVERY_MS,
      async () => {
        await this.recover();
        if (!this.#over) this.#healBeside();
      },
    );
    this.#every(
      () => PRUNE_EVERY_MS,
      () => this.prune(),
    );
  }

  stop(): void {
    this.#over = true;
    for (const cancel of this.#cancels) cancel();
  }

  /** A sign of life. A worker whose row has ended is one no more: its jobs may run elsewhere by now, and not here too. */
  async renew(): Promise<void> {
    this.rotateLog();
    if (this.#databaseIsGone()) return;
    await this.reloadSettings();
    this.#soon(this.lookAtPlugins()); // not awaited: code of plugins may take longer than a lease
    const renewed = this.#lease.renewing(await this.queue.workers.anyElsewhere(hostKey()));
    const lives = await this.queue.workers.renew(this.worker.number, {
      state: this.worker.stopping ? 'stopping' : 'running',
      leaseMs: this.#leaseMs,
      cpuMs: cpuMs(),
      rssBytes: process.memoryUsage.rss(),
    });
    if (lives && renewed()) this.worker.wake(); // it claimed nothing meanwhile
    if (lives || this.#over) return;
    this.logger.error('this worker was taken for dead; it ends its jobs, which have another holder now');
    this.worker.giveBack('now');
    for (let waited = 0; this.worker.busy && waited < ENDED_MS; waited += 50) await pause(50);
    this.stop();
    await this.#healing;
    await this.#soon(this.heal()); // it may have been the last one of its pool
    process.exit(1);
  }

  /** A plugin that was installed meanwhile is taken up, and one that was removed is not served any more. */
  async lookAtPlugins(): Promise<void> {
    const added = await this.types.look();
    if (!added) return;
    if (added.length > 0) this.logger.info({ types: added.map(({ name }) => name) }, 'new job types');
    await this.queue.workers.serve(this.worker.number, this.types.names);
    await this.noteTypes(added);
    this.worker.wake();
  }

  /** For whoever meets a job of such a type where the plugin is not installed. */
  private async noteTypes(types: readonly KnownType[]): Promise<void> {
    const theirs = types.filter(({ origin }) => origin.kind !== 'core');
    const notes = theirs.map(({ name, origin: { plugin, version } }) => ({ name, plugin, version }));
    await this.queue.typeOrigins.note(notes);
  }

  /** Another file in its place is another queue, and nobody reads a removed one: there is nothing left to work for. */
  #databaseIsGone(): boolean {
    try {
      this.queue.database.checkStillThere();
      return false;
    } catch (error) {
      this.logger.fatal({ err: error }, (error as Error).message);
      if (!this.worker.stopping) this.worker.stop('drain');
      return true;
    }
  }

  /** A worker that was told to stop is not replaced, and is shown as stopping at once. */
  async tellStop(): Promise<void> {
    await this.queue.stops.ask(this.worker.number, 'drain', { shrinks: true });
    await this.renew();
  }

  #healBeside(): void {
    this.#healing ??= this.#soon(this.heal()).finally(() => {
      this.#healing = undefined;
    });
  }

  async heal(): Promise<void> {
    if (this.worker.stopping) return;
    for (const told of await heal(this.queue, this.options.pool)) this.logger.warn(told);
  }

  /** Retries come when their backoff is over, also when the clock was set back meanwhile. */
  async followClock(): Promise<void> {
    const retries = await this.queue.runs.moveRetriesBack();
    this.logger.warn({ retries }, 'the clock was set back');
    this.worker.wake();
  }

  async reloadSettings(): Promise<void> {
    this.worker.settings = await this.queue.settings();
    this.logger.level = this.worker.settings.log_level;
    await this.lookAtSchema();
  }

  /** A newer program may have changed the queue so that this one must not claim any more (F52). */
  private async lookAtSchema(): Promise<void> {
    if (this.outdated || !(await this.queue.isBeyondUs())) return;
    this.outdated = true;
    this.logger.error(
      'the queue was changed by a newer queuectl: this worker ends; queuectl worker start begins a new one',
    );
    this.worker.urge('drain');
  }

  async recover(): Promise<void> {
    for (const { name, pid } of await endDeadWorkers(this.queue))
      this.logger.warn({ worker: name, pid }, 'worker is gone');
    failPoint('dead-workers-ended');
    // Whoever is about to stop leaves them to the others.
    for (const orphan of this.worker.stopping ? [] : await orphans(this.queue)) {
      failPoint('adopt-before-commit');
      if (!(await this.queue.runs.adopt(orphan, this.worker.number))) continue;
      failPoint('adopt-after-commit');
      this.worker.adopt(orphan);
    }
    await this.queue.expiry.sweep(); // turns see to it, but for a worker that has no room
    await this.obey();
  }

  /** Whoever asks for something wakes the workers; the look at each recovery is for a wake-up that was missed. */
  async obey(): Promise<void> {
    const order = await this.queue.stops.find(this.worker.number);
    if (order && this.#orders.obey(order)) {
      this.logger.info(order, 'asked to stop');
      await this.renew(); // it is shown as stopping
    }
    if (this.worker.busy) this.worker.cancel(await this.queue.cancels.requests(this.worker.number));
  }

  async prune(): Promise<void> {
    const jobs = await prune(this.queue, this.worker.settings);
    if (jobs > 0) this.logger.info({ jobs }, 'pruned');
    const holders = await this.queue.runs.startersOfRunning();
    const living = (await this.queue.workers.living()).map((worker) => worker.number);
    for (const owner of stateOwners(this.queue.files.states)) {
      if (!holders.includes(owner) && !living.includes(owner)) removeStates(this.queue.files.states, owner);
    }
  }

  get #leaseMs(): number {
    return this.worker.settings.lease_sec * 1000;
  }

  #soon(duty: Promise<void>): Promise<void> {
    return duty.catch((error: Error) => this.logger.error({ err: error }, error.message));
  }

  /** Never twice at once; what fails is logged and tried again at its next time. */
  #every(paceMs: () => number, duty: () => Promise<void>): void {
    let cancel = () => {};
    const arm = () => {
      if (this.#over) return;
      cancel = after(paceMs() * (0.8 + 0.4 * Math.random()), () => {
        duty()
          .catch((error: Error) => this.logger.error({ err: error }, error.message))
          .finally(arm);
      });
    };
    this.#cancels.push(() => cancel());
    arm();
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}
