// The steps of a sequence on a real store, and what there is to see of it: in the words of the model.
import type { JobUpdate } from '../../src/job/change.js';
import type { Ending } from '../../src/job/job.js';
import type { Claim } from '../../src/storage/claims.js';
import { readCounts } from '../../src/storage/counts.js';
import { QueueStore } from '../../src/storage/queues.js';
import { UndoStore } from '../../src/storage/undo.js';
import { ended, type Stores } from '../storage/backend.js';
import { FALLBACK } from './model.js';
import { type Answer, type ModelChange, placeOf, placesOf, type Step, WORKERS } from './steps.js';

const POLICY = {
  maxRetries: FALLBACK.maxRetries,
  maxCrashes: FALLBACK.maxCrashes,
  backoff: { base: FALLBACK.backoffBase, maxMs: FALLBACK.backoffMaxMs, jitter: 0 },
};

const TABLES = ['queues', 'jobs', 'specs', 'attempts', 'events', 'counts'] as const;

interface Turned {
  settled: object[];
  /** Job and attempt. */
  claims: number[][];
}

export class Real {
  /** Numbers in the order of enqueueing. */
  readonly #numbers: number[] = [];
  readonly #claims: { claim: Claim; worker: number }[] = [];
  readonly #queues: QueueStore;
  #since = 0;

  private constructor(
    private readonly stores: Stores,
    private readonly workers: number[],
  ) {
    this.#queues = new QueueStore(stores.database);
  }

  static async open(stores: Stores): Promise<Real> {
    const workers = [];
    for (let n = 0; n < WORKERS; n++) workers.push(await stores.worker());
    return new Real(stores, workers);
  }

  /** Empties the store for the next sequence. Numbers go on. */
  async restart(): Promise<void> {
    const { kysely } = this.stores.database;
    for (const table of TABLES) await kysely.deleteFrom(table).execute();
    // A lane's very first ready job may be overlooked once (see RunStore); these have had some.
    const known = ['a', 'b'].map((queue) => ({ queue, type: 'shell', state: 'pending' as const, shard: 0, n: 0 }));
    await kysely.insertInto('counts').values(known).execute();
    this.#numbers.length = 0;
    this.#claims.length = 0;
    this.#since = await this.stores.database.present();
  }

  async do(step: Step): Promise<Answer> {
    switch (step.do) {
      case 'enqueue': {
        const { copies, inMs, do: _, ...job } = step;
        const jobs = Array.from({ length: copies }, () => ({ ...job, when: { inMs } }));
        return (await this.stores.enqueue(...jobs)).map((number) => this.#numbers.push(number) - 1);
      }
      case 'claim':
        return (await this.#turn(step.worker, [], step.room, step.queue)).claims;
      case 'end':
        return this.#end(step);
      case 'adopt':
        return this.#adopt(step);
      case 'change':
        return this.#change(step.change, placesOf(step.jobs, this.#numbers.length), step.strict);
      case 'undo':
        return this.#undo();
      case 'pause':
        return this.#queues.pause([step.queue], 'me');
      case 'resume':
        return this.#queues.resume([step.queue]);
      case 'wait':
        this.stores.advance(step.ms);
        return {};
    }
  }

  async #turn(worker: number, all: [Claim, Ending][], room: number, queue: string | null = null): Promise<Turned> {
    const { settled, claims, nextDueMs } = await this.stores.runs.turn({
      worker: this.workers[worker]!,
      ended: all.map(([claim, ending]) => ended(claim, ending)),
      room,
      served: { queues: queue === null ? null : [queue], types: ['shell'] },
      policy: POLICY,
    });
    for (const claim of claims) this.#claims.push({ claim, worker });
    const again = claims.length < room && nextDueMs === 0; // as a worker does
    const more = again ? (await this.#turn(worker, [], room - claims.length, queue)).claims : [];
    return {
      settled: settled.map(({ state, delayMs }) => ({ state, delayMs })),
      claims: [...claims.map(({ job }) => [this.#place(job.number), job.attempt]), ...more],
    };
  }

  async #end({ claim: which, ending, by, twice, room }: Extract<Step, { do: 'end' }>): Promise<Answer> {
    const known = this.#claims[placeOf(which, this.#claims.length)];
    if (!known) return {};
    const end: [Claim, Ending] = [known.claim, ending];
    return this.#turn(by === 'another' ? 1 - known.worker : known.worker, twice ? [end, end] : [end], room);
  }

  async #adopt({ claim: which, worker }: Extract<Step, { do: 'adopt' }>): Promise<Answer> {
    const known = this.#claims[placeOf(which, this.#claims.length)];
    if (!known) return {};
    const { number: job, attempt } = known.claim.job;
    const orphan = { job, attempt, worker: this.workers[known.worker]! };
    const adopted = await this.stores.runs.adopt(orphan, this.workers[worker]!);
    if (adopted) this.#claims.push({ claim: known.claim, worker });
    return { adopted };
  }

  async #change(change: ModelChange, jobs: number[], strict: boolean): Promise<Answer> {
    const numbers = jobs.map((n) => this.#numbers[n] ?? Number.MAX_SAFE_INTEGER - n);
    try {
      const options = { strict, change: null, who: 'me' };
      const changed = await this.stores.changes.apply(numbers, storeChange(change), options);
      const copies = [...changed.copies].sort(([, a], [, b]) => a - b);
      for (const [, number] of copies) this.#numbers.push(number);
      const told = changed.jobs
        .map(({ number }) => number)
        .sort((a, b) => a - b)
        .map((number) => {
          const how = changed.cancelled.find(({ job }) => job === number)?.how ?? null;
          const copy = changed.copies.get(number);
          return [this.#place(number), copy === undefined ? how : this.#place(copy)];
        });
      return { left: changed.left, told };
    } catch (error) {
      return { refused: (error as { exitCode?: number }).exitCode ?? String(error) };
    }
  }

  async #undo(): Promise<Answer> {
    const store = new UndoStore(this.stores.database);
    const last = await store.last('me');
    if (!last) return {};
    const { jobs, movedOn } = await store.undo(last, 0, { who: 'me', change: null });
    return { undone: jobs.map(({ number }) => this.#place(number)).sort((a, b) => a - b), movedOn };
  }

  /** Like the model's. */
  async look(): Promise<object> {
    const { kysely } = this.stores.database;
    const rows = await kysely.selectFrom('jobs').selectAll().orderBy('number').execute();
    const columns = ['job', 'attempt', 'outcome', 'finished_at'] as const;
    const attempts = await kysely.selectFrom('attempts').select(columns).orderBy('attempt').execute();
    const counts = await readCounts(kysely);
    const time = (at: number | null) => (at === null ? null : at - this.#since);
    const jobs = rows.map((row) => {
      const over = ['completed', 'dead', 'cancelled'].includes(row.state);
      if (over !== (row.finished_at !== null)) throw new Error(`a ${row.state} job finished at ${row.finished_at}`);
      return {
        n: this.#place(row.number),
        ...{
          queue: row.queue,
          priority: row.priority,
          state: row.state,
          runAt: time(row.run_at),
          due: time(row.wake_at),
          expires: time(row.expires_at),
        },
        ...{ attempt: row.attempt, failures: row.failures, crashes: row.crashes, cause: row.cause },
        worker: row.worker === null ? null : this.workers.indexOf(row.worker),
        cancelAsked: row.cancel_at !== null,
        maxRetries: row.max_retries,
        parent: row.parent === null ? null : this.#place(row.parent),
        outcomes: attempts.filter(({ job }) => job === row.number).map(({ outcome }) => outcome),
      };
    });
    const told = counts.map(({ queue, state, n }) => [`${queue} ${state}`, n]);
    return { jobs, counts: Object.fromEntries(told) };
  }

  #place(number: number): number {
    return this.#numbers.indexOf(number);
  }
}

function storeChange(change: ModelChange) {
  if (change.kind === 'cancel') return { kind: change.kind, signal: null };
  if (change.kind !== 'update') return { kind: change.kind };
  const { kind, inMs, ...to } = change;
  const update: JobUpdate = { ...to, ...(inMs !== undefined && { when: { inMs } }) };
  return { kind, to: update };
}
