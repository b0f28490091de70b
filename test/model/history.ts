// The model's memory of what people did, for undo: a change is taken back for those jobs that nothing has happened to since.
import type { ModelJob } from './model.js';
import type { Answer, ModelChange } from './steps.js';

interface ModelEvent {
  job: number;
  /** What was before. */
  was: Partial<ModelJob>;
}

interface PastChange {
  change: ModelChange;
  events: ModelEvent[];
}

const LEFT_IN = { cancel: 'cancelled', retry: 'pending', hold: 'held', release: 'pending' } as const;

export class History {
  readonly #past: PastChange[] = [];
  /** What happened to each job and was not undone. */
  readonly #standing = new Map<number, ModelEvent[]>();

  constructor(private readonly jobs: (ModelJob | null)[]) {}

  /** To be told before it is done. @param fit the jobs that it applies to */
  before(change: ModelChange, fit: readonly number[]): void {
    const jobs = fit.map((n) => ({ n, job: this.jobs[n]! }));
    if (change.kind === 'delete') return;
    // A request to a running job, and a copy of a completed one, cannot be taken back; the request is an event all the same.
    const final = ({ job: { state } }: { job: ModelJob }) => ['processing', 'completed'].includes(state);
    for (const one of jobs.filter(final)) {
      if (one.job.state === 'processing' && !one.job.cancelAsked) this.movedOn(one.n);
    }
    const events = jobs.filter((one) => !final(one)).map(({ n, job }) => ({ job: n, was: kept(job, change) }));
    for (const event of events) this.#eventsOf(event.job).push(event);
    if (events.length > 0) this.#past.push({ change, events });
  }

  /** Something was recorded of a job that cannot be taken back. */
  movedOn(job: number): void {
    this.#eventsOf(job).push({ job, was: {} });
  }

  undo(): Answer {
    const past = this.#past.findLast(({ events }) => events.some(({ job }) => this.jobs[job]));
    if (!past) return {};
    const events = past.events.filter(({ job }) => this.jobs[job]);
    const back = events.filter((event) => this.#stayed(past.change, event));
    for (const { job, was } of back) {
      const { state } = this.jobs[job]!;
      Object.assign(this.jobs[job]!, was, past.change.kind === 'update' && { state });
      this.#eventsOf(job).pop();
    }
    if (back.length > 0) this.#past.splice(this.#past.indexOf(past), 1);
    return { undone: back.map(({ job }) => job), movedOn: events.length - back.length };
  }

  #eventsOf(job: number): ModelEvent[] {
    const events = this.#standing.get(job) ?? [];
    this.#standing.set(job, events);
    return events;
  }

  #stayed({ kind }: ModelChange, event: ModelEvent): boolean {
    const job = this.jobs[event.job]!;
    const asLeft =
      kind === 'update'
        ? ['pending', 'failed', 'held'].includes(job.state)
        : job.state === LEFT_IN[kind as keyof typeof LEFT_IN];
    return this.#eventsOf(event.job).at(-1) === event && job.attempt === event.was.attempt && asLeft;
  }
}

function kept(job: ModelJob, change: ModelChange): Partial<ModelJob> {
  const { state, attempt, failures, crashes, cause, due, expires } = job;
  if (change.kind !== 'update') return { state, attempt, failures, crashes, cause, due, expires };
  const { queue, priority, runAt, maxRetries } = job;
  return {
    ...{ state, attempt },
    ...(change.queue !== undefined && { queue }),
    ...(change.priority !== undefined && { priority }),
    ...(change.maxRetries !== undefined && { maxRetries }),
    ...(change.inMs !== undefined && { runAt, due, expires }),
  };
}
