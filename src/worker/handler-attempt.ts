// One run of a job in the worker's own process, by the handler of its type. It can be asked to end, not made to.
import { failPoint } from '../fail-point.js';
import type { Ending } from '../job/job.js';
import type { JobFacts, RunHandler } from '../job/job-type.js';
import { asPluginCode } from '../job-types/plugin-code.js';
import { originOf } from '../job-types/registry.js';
import { type HandlerEnd, type HandlerPorts, type HandlerTask, runHandler } from '../job-types/run-handler.js';
import { after } from '../queue/timer.js';
import type { Ended } from '../storage/settlements.js';
import { type Accept, acceptedEnd } from './accepted-end.js';
import { type AttemptPlan, type Running, TIMED_OUT, withNotes } from './attempt.js';
import { asOutputOf } from './console.js';
import { HandlerOutput } from './handler-output.js';
import { collect } from './output.js';
import type { OutputWatch } from './output-watch.js';

/** What a worker gives to each run. */
export interface HandlerServices {
  watch: OutputWatch;
  ports: Pick<HandlerPorts, 'progress' | 'steps'>;
  accept: Accept;
  /** It was asked to end, and its grace period is over. */
  stuck(): void;
}

const NOTHING = { outputs: [], outputBytes: null, outputFile: null, result: null, spentFiles: [], notes: [] };

export class HandlerAttempt implements Running {
  #reason: Ending | undefined;
  #isStuck = false;
  /** The handler is done; what it left is being collected. */
  #hasEnded = false;
  #abort: AbortController | undefined;
  readonly #output: HandlerOutput;
  readonly #startedAt = performance.now();
  readonly #cancels: (() => void)[] = [];
  #giveUp!: (end: HandlerEnd) => void;

  constructor(
    readonly plan: AttemptPlan,
    private readonly handler: RunHandler,
    private readonly job: JobFacts,
    private readonly payload: unknown,
    private readonly services: HandlerServices,
  ) {
    this.#output = new HandlerOutput(plan.files.output);
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  get outputs(): string[] {
    return this.#output.isOpen ? [this.plan.files.output] : [];
  }

  /** Its handler does not end: only the end of this process ends it. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  async run(): Promise<Ended> {
    const { timeoutMs } = this.plan;
    if (timeoutMs !== null) this.#cancels.push(after(timeoutMs, () => this.end(TIMED_OUT)));
    const end = await new Promise<HandlerEnd>((resolve) => {
      this.#giveUp = resolve;
      void this.#handled().then(resolve);
    });
    this.#hasEnded = true;
    for (const cancel of this.#cancels) cancel();
    failPoint('attempt-ended');
    const { job, id, attempt, queue, type, waitMs, files } = this.plan;
    const runMs = this.ageMs;
    const printed = this.#output.close();
    const { notes, ...found } = printed ? await collect(files, false, this.services.watch) : NOTHING;
    failPoint('output-collected');
    // The first reason to end it wins, whatever its handler made of that.
    const judged = this.#reason ? { ending: this.#reason } : await acceptedEnd(end, this.services.accept);
    const common = { job, id, attempt, queue, type, runMs, waitMs };
    return {
      ...common,
      ...found,
      ...judged,
      ending: withNotes(judged.ending, this.#output.problem ? [this.#output.problem, ...notes] : notes),
      result: this.#reason ? null : end.result,
    };
  }

  end(reason: Ending): void {
    this.#endAfter(reason, this.plan.graceMs);
  }

  endNow(reason: Ending): void {
    this.#endAfter(reason, 0);
  }

  /** What runs in this process ends with it. */
  canBeLeft(): boolean {
    return false;
  }

  /** This process is about to end, and the handler with it. */
  giveUp(): void {
    this.#giveUp({ ending: this.#reason!, result: null, requests: [] });
  }

  /** Made when somebody asks for it: few handlers do, and it is dear. */
  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal;
    this.#abort = new AbortController();
    if (this.#reason) this.#abort.abort(asked(this.#reason));
    return this.#abort.signal;
  }

  async #handled(): Promise<HandlerEnd> {
    if (this.#reason) return { ending: this.#reason, result: null, requests: [] }; // told before it began
    const log = (text: string) => this.#output.write(text);
    const { handler, payload, job, plan } = this;
    const signal = () => this.signal;
    const task: HandlerTask = {
      ...{ handler, payload, job, attempt: plan.attempt },
      get signal() {
        return signal();
      },
    };
    const run = () => runHandler(task, { log, ...this.services.ports });
    return asPluginCode(originOf(plan.type).plugin, () => asOutputOf(log, run));
  }

  #endAfter(reason: Ending, graceMs: number): void {
    if (!this.#reason) {
      this.#reason = reason;
      this.#abort?.abort(asked(reason));
    }
    if (this.#hasEnded) return;
    this.#cancels.push(
      after(graceMs, () => {
        this.#isStuck = true;
        this.services.stuck();
      }),
    );
  }
}

/** What the signal of an attempt tells its handler. */
function asked({ cause }: Ending): Error {
  const error = new Error(`the attempt is to end: ${cause}`);
  error.name = cause ?? 'AbortError';
  return error;
}
