// What a handler keeps in the queue while it runs: finished steps, and how far it is.
import type { HandlerPorts, Steps } from '../job-types/run-handler.js';
import type { Queue } from '../queue/queue.js';
import { after } from '../queue/timer.js';

/** Shown by whoever looks; a write for each step of a loop would be the loop's cost. */
const PROGRESS_EVERY_MS = 500;

export class JobPorts {
  /** By job number; its attempt, and the latest fraction. */
  #progress = new Map<number, { attempt: number; done: number }>();
  #armed = false;

  constructor(
    private readonly queue: Queue,
    private readonly failed: (error: unknown) => void,
  ) {}

  of(job: number, attempt: number): Pick<HandlerPorts, 'progress' | 'steps'> {
    return {
      steps: new JobSteps(this.queue, job, attempt),
      progress: (done) => {
        this.#progress.set(job, { attempt, done });
        if (this.#armed) return;
        this.#armed = true;
        after(PROGRESS_EVERY_MS, () => this.#write().catch(this.failed));
      },
    };
  }

  async #write(): Promise<void> {
    this.#armed = false;
    const all = [...this.#progress].map(([job, { attempt, done }]) => ({ job, attempt, done }));
    this.#progress.clear();
    await this.queue.runs.progress(all);
  }
}

class JobSteps implements Steps {
  #known: Promise<Map<string, Buffer>> | undefined;

  constructor(
    private readonly queue: Queue,
    private readonly job: number,
    private readonly attempt: number,
  ) {}

  async find(name: string): Promise<string | undefined> {
    this.#known ??= this.queue.steps.of(this.job);
    return (await this.#known).get(name)?.toString();
  }

  async save(name: string, json: string): Promise<void> {
    const value = Buffer.from(json);
    if (await this.queue.steps.save(this.job, this.attempt, name, value)) {
      (await this.#known)?.set(name, value);
      return;
    }
    throw new Error(`the checkpoint "${name}" is not kept: another attempt has the job now`);
  }
}
