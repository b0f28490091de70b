// One run of a job as named steps: start, watch the time, wait for its end, judge, collect what it printed.
import { failPoint } from '../fail-point.js';
import { endingOfStatus } from '../job/cause.js';
import type { Ending } from '../job/job.js';
import { endTree } from '../process/end-tree.js';
import { after } from '../queue/timer.js';
import type { AttemptFiles } from '../storage/files.js';
import type { Ended } from '../storage/settlements.js';
import { type Collected, collect } from './output.js';
import type { OutputWatch } from './output-watch.js';

export interface AttemptPlan {
  job: number;
  /** What people call the job. */
  id: string;
  attempt: number;
  queue: string;
  type: string;
  waitMs: number;
  /** Null is no limit. */
  timeoutMs: number | null;
  /** How long it had been running when this worker came to it, or until it ended before that: 0 unless it was adopted. */
  ranMs: number;
  /** Carried in the environment of all its processes. */
  mark: string;
  graceMs: number;
  files: AttemptFiles;
  /** Standard error may have a file of its own; of an adopted one that is not known. */
  split: boolean;
}

/** A started command, wherever it was started from. */
export interface Started {
  /** Leader of its process group; null when it is gone already. */
  pid: number | null;
  /** The leader runs other commands too, and must survive this one. */
  launched: boolean;
  /** The shell's status, or null when its shell died without telling. */
  ended: Promise<number | null>;
  /** What it means when nobody tells. */
  ifSilent: Ending;
  /** Why nothing of its output is kept. */
  noOutput?: string;
  /** Whether it has said in its state file that it began: then it can be adopted. */
  hasBegun(): boolean;
}

/** The shell around a command looks for its worker once, right after it has said that it began. */
const BEGINS_MS = 100;

export const TIMED_OUT: Ending = { outcome: 'timed_out', cause: 'timeout' };
/** The times of files lag by a tick of the kernel's clock. */
const TICK_MS = 10;

/** What a worker may do with an attempt, wherever it runs. */
export interface Running {
  readonly plan: AttemptPlan;
  /** How long this worker has been following it. */
  readonly ageMs: number;
  /** The files that it may be writing to. */
  readonly outputs: string[];
  end(reason: Ending, signal?: NodeJS.Signals): void;
  endNow(reason: Ending): void;
  /** Whether somebody else could follow it to its end. */
  canBeLeft(): boolean;
}

export class Attempt implements Running {
  /** Why it is being ended; the first reason wins. */
  #reason: Ending | undefined;
  #started: Started | undefined;
  #ending: Promise<void> | undefined;
  #begunAt: number | undefined;
  #signal: NodeJS.Signals = 'SIGTERM';
  readonly #startedAt = performance.now();

  constructor(
    readonly plan: AttemptPlan,
    private readonly watch: OutputWatch,
    /** Knows more of how it ended than its status tells. */
    private readonly judge?: (ending: Ending, found: Collected) => Promise<Pick<Ended, 'ending' | 'followUps'>>,
  ) {}

  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** @param start an ending instead of a command means that nothing could be started */
  async run(start: () => Promise<Started | Ending>): Promise<Ended> {
    const ending = await this.#follow(start).catch(endingOfError);
    failPoint('attempt-ended');
    const { job, id, attempt, queue, type, waitMs, ranMs, files, split } = this.plan;
    const runMs = ranMs + this.ageMs;
    const found = await collect(files, split, this.watch);
    const judged = this.judge && !this.#reason ? await this.judge(ending, found) : { ending };
    const { notes, ...stored } = found;
    if (this.#started?.noOutput) notes.unshift(this.#started.noOutput);
    failPoint('output-collected');
    const common = { job, id, attempt, queue, type, runMs, waitMs };
    return { ...common, ...stored, ...judged, ending: withNotes(judged.ending, notes) };
  }

  get outputs(): string[] {
    const { files, split } = this.plan;
    return split ? [files.output, files.errors] : [files.output];
  }

  /** Ends the run and everything that it started. The outcome is the first reason that was given. @param signal the first one */
  end(reason: Ending, signal: NodeJS.Signals = 'SIGTERM'): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#signal = signal;
    this.#endTree(this.plan.graceMs);
  }

  /** The same without a grace period, also when it is being ended already. */
  endNow(reason: Ending): void {
    this.#reason ??= reason;
    this.#endTree(0);
  }

  /** Whether somebody else could follow it to its end: it runs, and nobody is ending it. */
  canBeLeft(): boolean {
    if (this.#reason || !this.#started?.hasBegun()) return false;
    this.#begunAt ??= performance.now();
    return performance.now() - this.#begunAt > BEGINS_MS;
  }

  async #follow(start: () => Promise<Started | Ending>): Promise<Ending> {
    if (this.#reason) return this.#reason;
    const started = await start();
    if ('outcome' in started) return started;
    this.#started = started;
    failPoint('command-started');
    if (this.#reason) this.#endTree(this.plan.graceMs); // it was asked to end while it started
    const { timeoutMs, ranMs } = this.plan;
    const disarm = timeoutMs === null ? () => {} : after(timeoutMs - ranMs, () => this.end(TIMED_OUT));
    const status = await started.ended;
    disarm();
    const ending = status === null ? started.ifSilent : endingOfStatus(status);
    // What its shell left behind must not run beside the next attempt.
    if (status === null && !this.#reason) this.#endTree(0);
    // A worker had ended it for its timeout, and died before that was recorded.
    if (ending.signal && timeoutMs !== null && ranMs + TICK_MS >= timeoutMs) this.end(TIMED_OUT);
    await this.#ending;
    return this.#reason ?? ending;
  }

  #endTree(graceMs: number): void {
    if (!this.#started) return;
    const { pid: leader, launched } = this.#started;
    this.#ending = endTree({ leader, launched, mark: this.plan.mark }, graceMs, this.#signal);
  }
}

/** What there is to say about its output stands beside what there is to say about its end. */
export function withNotes(ending: Ending, notes: string[]): Ending {
  return notes.length === 0 ? ending : { ...ending, detail: [ending.detail, ...notes].filter(Boolean).join('; ') };
}

/** Something of the machine was missing: a process, a descriptor, room on the disk. */
function endingOfError(error: NodeJS.ErrnoException): Ending {
  return { outcome: 'failed', cause: `error:${error.code ?? error.name}`, detail: error.message };
}
