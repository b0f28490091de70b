// What the queue asks of a job type before a worker runs it.
import type { Payload } from './job.js';

export interface JobType {
  readonly name: string;
  /** Throws to refuse, when the job is enqueued. @returns what is stored */
  parse(input: unknown): Payload;
  /** One line for lists. */
  describe(payload: Payload): string;
}
