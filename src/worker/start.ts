// Makes a claimed job run: as a command, in this process by its type's handler, or so in a process of its own.
import type { CallerContext, Ending, Job, ShellPayload } from '../job/job.js';
import { isCommand, type JobFacts, type JobHandler, type RunHandler } from '../job/job-type.js';
import type { CheckedRequest } from '../job/request.js';
import { handlerOf } from '../job-types/registry.js';
import { stateFile } from '../process/attempt-state.js';
import { newJobs } from '../queue/enqueue.js';
import type { Queue } from '../queue/queue.js';
import type { Settings } from '../settings.js';
import type { Claim } from '../storage/claims.js';
import type { AttemptFiles } from '../storage/files.js';
import type { Ended } from '../storage/settlements.js';
import { Attempt, type AttemptPlan, type Running } from './attempt.js';
import { injectedFailure } from './chaos.js';
import { jobEnvironment } from './environment.js';
import { HandlerAttempt } from './handler-attempt.js';
import { isolatedCommand } from './isolated-command.js';
import { endOfIsolated } from './isolated-end.js';
import { JobPorts } from './job-ports.js';
import type { Launchers } from './launchers.js';
import { type WorkerOptions, workerName } from './options.js';
import type { OutputWatch } from './output-watch.js';
import { SlotStates } from './slot-states.js';
import { startShell } from './start-shell.js';

export interface Startable {
  attempt: Running;
  run(): Promise<Ended>;
}

/** What a worker's attempts have in common. */
export interface Surroundings {
  queue: Queue;
  /** The worker's number. */
  worker: number;
  options: WorkerOptions;
  storeId: string;
  settings(): Settings;
  watch: OutputWatch;
  launchers: Launchers;
  /** A handler does not end. */
  stuck(plan: AttemptPlan): void;
}

export class Starter {
  readonly #ports: JobPorts;
  readonly #states: SlotStates;

  constructor(private readonly around: Surroundings) {
    this.#ports = new JobPorts(around.queue, () => {}); // the next one is written soon
    this.#states = new SlotStates(around.queue.files.states, around.worker);
  }

  start(claim: Claim, slot: number): Startable {
    const { job } = claim;
    const failure = injectedFailure(this.around.settings().failure_rate, process.env);
    if (failure) {
      const failing = new Attempt(this.#plan(claim), this.around.watch);
      return { attempt: failing, run: () => failing.run(async () => failure) };
    }
    const handler = handlerOf(job.type);
    if (handler && !isCommand(handler) && !handler.isolated) return this.#inProcess(claim, slot, handler);
    const plan = this.#plan(claim);
    const attempt = this.following(plan, claim.context);
    return { attempt, run: () => attempt.run(async () => this.#startCommand(claim, slot, plan, handler)) };
  }

  /** An attempt that is a command, of whatever type. @param context for the jobs that its handler enqueued */
  following(plan: AttemptPlan, context: CallerContext | null): Attempt {
    const { watch } = this.around;
    const handler = handlerOf(plan.type);
    if (handler === undefined || isCommand(handler)) return new Attempt(plan, watch);
    const accept = (requests: readonly CheckedRequest[]) => newJobs(requests, context);
    return new Attempt(plan, watch, (ending, found) => endOfIsolated(plan.files.end, ending, accept, found));
  }

  mark(job: number, attempt: number): string {
    return `${this.around.storeId}:${job}.${attempt}`;
  }

  /** @param named by the job, else by its queue; 0 is none */
  timeoutMs(named: number | null): number | null {
    return (named ?? this.around.settings().timeout_sec * 1000) || null;
  }

  #inProcess(claim: Claim, slot: number, handler: RunHandler): Startable {
    const { job, context } = claim;
    const plan = this.#plan(claim);
    const attempt = new HandlerAttempt(plan, handler, factsOf(claim), job.payload, {
      watch: this.around.watch,
      ports: this.#ports.of(job.number, job.attempt),
      accept: (requests) => newJobs(requests, context),
      stuck: () => this.around.stuck(plan),
    });
    return {
      attempt,
      run: () => {
        this.#states.name(slot, job.number, job.attempt);
        return attempt.run();
      },
    };
  }

  async #startCommand(claim: Claim, slot: number, plan: AttemptPlan, handler: JobHandler | undefined) {
    const { queue, worker, launchers } = this.around;
    const { job } = claim;
    let payload: ShellPayload;
    try {
      payload = this.#commandOf(claim, plan.files, handler);
    } catch (error) {
      const { name, message } = error as Error;
      return { outcome: 'failed', cause: `error:${name}`, detail: message, final: true } satisfies Ending;
    }
    return startShell({
      claim: { ...claim, job: { ...job, payload } },
      env: this.#environment(claim, slot, plan),
      files: plan.files,
      stateFile: stateFile(queue.files.states, worker, slot),
      launcher: launchers.of(slot),
    });
  }

  #commandOf(claim: Claim, files: AttemptFiles, handler: JobHandler | undefined): ShellPayload {
    const { job } = claim;
    if (!handler) throw new Error(`no handler of the type ${job.type} is loaded`);
    if (isCommand(handler)) return handler.command(handler.parse(job.payload));
    const { address } = this.around.queue.database;
    return isolatedCommand({
      db: address,
      type: job.type,
      payload: job.payload,
      number: job.number,
      attempt: job.attempt,
      job: factsOf(claim),
      endFile: files.end,
    });
  }

  #environment(claim: Claim, slot: number, { mark, files }: AttemptPlan) {
    const { queue, options } = this.around;
    const { job, queuePolicy } = claim;
    const maxTries = (job.maxRetries ?? queuePolicy.maxRetries ?? this.around.settings().max_retries) + 1;
    const { location: db } = queue.database;
    const worker = workerName(options);
    return jobEnvironment(claim, { worker, slot, mark, db, maxTries, resultFile: files.result });
  }

  #plan({ job, queuePolicy, waitMs }: Claim): AttemptPlan {
    const { number, id, attempt, queue, type } = job;
    return {
      ...{ job: number, id, attempt, queue, type, waitMs },
      mark: this.mark(number, attempt),
      files: this.around.queue.files.attempt(number, attempt),
      timeoutMs: this.timeoutMs(job.timeoutMs ?? queuePolicy.timeoutMs),
      split: maySplit(job),
      ranMs: 0,
      graceMs: this.around.settings().kill_grace_sec * 1000,
    };
  }
}

/** What another type's command will be is not known yet. */
function maySplit({ type, payload }: Job): boolean {
  return type === 'shell' ? (payload as ShellPayload).split_output === true : isCommand(handlerOf(type)!);
}

function factsOf({ job, context, env }: Claim): JobFacts {
  const { id, queue, type, priority, createdAt } = job;
  return { id, queue, type, priority, createdAt, cwd: context?.cwd ?? null, env: env ?? {} };
}
