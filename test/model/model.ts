// What a queue should do, told without any database: a plain list of jobs, from the words of docs/states.md.
import type { Ending, JobState, Outcome } from '../../src/job/job.js';
import { History } from './history.js';
import { type Answer, type ModelChange, placeOf, placesOf, type Step } from './steps.js';

export interface ModelJob {
  queue: string;
  priority: number;
  state: JobState;
  runAt: number;
  /** When it becomes ready; null does not wait for a time. */
  due: number | null;
  /** Until when it must have started. */
  expires: number | null;
  attempt: number;
  failures: number;
  crashes: number;
  cause: string | null;
  /** Its holder. */
  worker: number | null;
  cancelAsked: boolean;
  maxRetries: number | null;
  parent: number | null;
  /** How its attempts ended; null while one runs. */
  outcomes: (Outcome | null)[];
}

/** The policy of jobs and queues that name none. */
export const FALLBACK = { maxRetries: 1, maxCrashes: 1, backoffBase: 2, backoffMaxMs: 5000 };

const MAY: Record<ModelChange['kind'], readonly JobState[]> = {
  cancel: ['pending', 'failed', 'held', 'processing'],
  retry: ['dead', 'failed', 'cancelled', 'completed'],
  hold: ['pending', 'failed'],
  release: ['held'],
  update: ['pending', 'failed', 'held'],
  delete: ['pending', 'failed', 'held', 'completed', 'dead', 'cancelled'],
};

const REFUSED = { missing: { refused: 3 }, state: { refused: 4 } };

export class Model {
  /** By the order of their enqueueing; null is one that was deleted. */
  readonly #jobs: (ModelJob | null)[] = [];
  readonly #claims: { job: number; attempt: number; worker: number }[] = [];
  readonly #history = new History(this.#jobs);
  readonly #paused = new Set<string>();
  #now = 0;

  do(step: Step): Answer {
    switch (step.do) {
      case 'enqueue':
        return Array.from({ length: step.copies }, () => this.#enqueue(step));
      case 'claim':
        return this.#claim(step.worker, step.room, step.queue);
      case 'end':
        return this.#end(step);
      case 'adopt':
        return this.#adopt(step);
      case 'change':
        return this.#change(step.change, placesOf(step.jobs, this.#jobs.length), step.strict);
      case 'undo':
        return this.#history.undo();
      case 'pause': {
        const before = this.#paused.has(step.queue);
        this.#paused.add(step.queue);
        return before ? [] : [step.queue];
      }
      case 'resume':
        return this.#paused.delete(step.queue) ? [step.queue] : [];
      case 'wait':
        this.#now += step.ms;
        return {};
    }
  }

  /** All that a look at the store should show; times count from the beginning of the sequence. */
  look(): object {
    const jobs = this.#jobs.flatMap((job, n) => (job ? [{ n, ...job }] : []));
    const counts: Record<string, number> = {};
    for (const { queue, state } of jobs) counts[`${queue} ${state}`] = (counts[`${queue} ${state}`] ?? 0) + 1;
    return { jobs, counts };
  }

  #enqueue(
    { queue, priority, inMs, expiresInMs, maxRetries }: Omit<Extract<Step, { do: 'enqueue' }>, 'do' | 'copies'>,
    parent = -1,
  ) {
    const fresh = { attempt: 0, failures: 0, crashes: 0, cause: null, worker: null, cancelAsked: false, outcomes: [] };
    const runAt = this.#now + inMs;
    const due = inMs > 0 ? runAt : null;
    const expires = expiresInMs === null ? null : runAt + expiresInMs;
    const from = parent < 0 ? null : parent;
    return (
      this.#jobs.push({ ...fresh, queue, priority, state: 'pending', runAt, due, expires, maxRetries, parent: from }) -
      1
    );
  }

  /** Higher priority first, then the older one. */
  #claim(worker: number, room: number, queue: string | null): [number, number][] {
    if (room === 0) return [];
    this.#expire();
    for (const job of this.#living()) {
      if (job.due !== null && job.due <= this.#now) Object.assign(job, { state: 'pending', due: null });
    }
    const ready = [...this.#jobs.entries()]
      .filter((entry): entry is [number, ModelJob] => entry[1]?.state === 'pending' && entry[1].due === null)
      .filter(([, job]) => (queue === null || job.queue === queue) && !this.#paused.has(job.queue))
      .sort(([m, a], [n, b]) => b.priority - a.priority || m - n);
    return ready.slice(0, room).map(([n, job]) => {
      job.outcomes.push(null);
      Object.assign(job, { state: 'processing', worker, attempt: job.attempt + 1, expires: null });
      this.#claims.push({ job: n, attempt: job.attempt, worker });
      return [n, job.attempt];
    });
  }

  /** Of no use any more: what has not started in time, held or not. */
  #expire(): void {
    for (const [n, job] of this.#jobs.entries()) {
      if (!job || job.expires === null || job.expires > this.#now) continue;
      Object.assign(job, { state: 'cancelled', cause: 'expired', due: null, expires: null });
      this.#history.movedOn(n);
    }
  }

  /** Only the holder of a running attempt can end it, and only once. */
  #end({ claim: which, ending, by, twice, room }: Extract<Step, { do: 'end' }>): Answer {
    const claim = this.#claims[placeOf(which, this.#claims.length)];
    if (!claim) return {};
    const worker = by === 'another' ? 1 - claim.worker : claim.worker;
    const job = this.#jobs[claim.job];
    const held = job?.state === 'processing' && job.worker === worker && job.attempt === claim.attempt;
    const settled: object[] = [held ? this.#settle(job, ending) : { state: null, delayMs: null }];
    if (twice) settled.push({ state: null, delayMs: null });
    return { settled, claims: this.#claim(worker, room, null) };
  }

  #settle(job: ModelJob, ending: Ending): object {
    const [state, delayMs] = this.#after(job, ending);
    job.outcomes[job.attempt - 1] = ending.outcome;
    const stopped = job.cancelAsked && (state === 'pending' || state === 'failed' || ending.signal !== undefined);
    job.state = stopped ? 'cancelled' : state;
    job.cause = stopped ? 'cancelled' : ending.cause;
    job.due = stopped || delayMs === null ? null : this.#now + delayMs;
    job.worker = null;
    job.cancelAsked = false;
    return { state: job.state, delayMs: stopped ? null : delayMs };
  }

  #after(job: ModelJob, { outcome, final, retryAfterMs }: Ending): [JobState, number | null] {
    if (outcome === 'succeeded') return ['completed', null];
    if (outcome === 'cancelled') return ['cancelled', null];
    if (outcome === 'released') return ['pending', null];
    if (outcome === 'lost') return [++job.crashes > FALLBACK.maxCrashes ? 'dead' : 'pending', null];
    job.failures += 1;
    if (final || job.failures > (job.maxRetries ?? FALLBACK.maxRetries)) return ['dead', null];
    return ['failed', retryAfterMs ?? Math.min(FALLBACK.backoffBase ** job.failures * 1000, FALLBACK.backoffMaxMs)];
  }

  /** Another worker follows a running attempt from now on. */
  #adopt({ claim: which, worker }: Extract<Step, { do: 'adopt' }>): Answer {
    const claim = this.#claims[placeOf(which, this.#claims.length)];
    if (!claim) return {};
    const job = this.#jobs[claim.job];
    const held = job?.state === 'processing' && job.worker === claim.worker && job.attempt === claim.attempt;
    if (!held) return { adopted: false };
    job.worker = worker;
    this.#claims.push({ job: claim.job, attempt: claim.attempt, worker });
    return { adopted: true };
  }

  /** What is named strictly is changed as a whole or not at all. */
  #change(change: ModelChange, which: number[], strict: boolean): Answer {
    const known = which.filter((n) => this.#jobs[n]);
    const fit = known.filter((n) => MAY[change.kind].includes(this.#jobs[n]!.state)).sort((a, b) => a - b);
    if (strict && known.length < which.length) return REFUSED.missing;
    if (strict && fit.length < which.length) return REFUSED.state;
    const left = which.length - fit.length;
    const numbered = (told: (job: ModelJob, n: number) => unknown) => fit.map((n) => [n, told(this.#jobs[n]!, n)]);
    this.#history.before(change, fit);
    if (change.kind === 'cancel') return { left, told: numbered((job) => this.#cancel(job)) };
    if (change.kind === 'retry') return { left, told: numbered((job, n) => this.#retry(job, n)) };
    for (const n of fit) {
      const job = this.#jobs[n]!;
      if (change.kind === 'delete') this.#jobs[n] = null;
      else if (change.kind === 'hold') Object.assign(job, { state: 'held', due: null });
      else if (change.kind === 'release') Object.assign(job, { state: 'pending', due: this.#later(job.runAt) });
      else if (change.kind === 'update') this.#update(job, change);
    }
    return { left, told: numbered(() => null) };
  }

  #cancel(job: ModelJob): string {
    if (job.state !== 'processing') {
      Object.assign(job, { state: 'cancelled', cause: 'cancelled', due: null, expires: null });
      return 'ended';
    }
    if (job.cancelAsked) return 'asked_before';
    job.cancelAsked = true;
    return 'asked';
  }

  /** @returns the new job of a completed one */
  #retry(job: ModelJob, n: number): number | null {
    if (job.state === 'completed') return this.#enqueue({ ...job, inMs: 0, expiresInMs: null }, n);
    Object.assign(job, { state: 'pending', failures: 0, crashes: 0, due: null, expires: null });
    return null;
  }

  #update(job: ModelJob, { queue, priority, inMs, maxRetries }: Extract<ModelChange, { kind: 'update' }>): void {
    if (queue !== undefined) job.queue = queue;
    if (priority !== undefined) job.priority = priority;
    if (maxRetries !== undefined) job.maxRetries = maxRetries;
    if (inMs === undefined) return;
    if (job.expires !== null) job.expires += this.#now + inMs - job.runAt;
    job.runAt = this.#now + inMs;
    if (job.state === 'held') return;
    // A failed one that is due is made ready by whoever claims next.
    job.due = this.#later(job.runAt) ?? (job.state === 'failed' ? this.#now : null);
  }

  #later(at: number): number | null {
    return at > this.#now ? at : null;
  }

  #living(): ModelJob[] {
    return this.#jobs.filter((job) => job !== null);
  }
}
