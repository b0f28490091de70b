// A worker's turn: settle what ended, wake what is due, claim what is next, in one transaction and so one fsync.
import { sql } from 'kysely';
import { failPoint } from '../fail-point.js';
import type { Policy } from '../job/lifecycle.js';
import { type Ahead, type Claim, ClaimStore, type Lane, type Served } from './claims.js';
import { moveRetriesBack } from './clock.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { Doubt } from './doubt.js';
import { DueStore, type NextDue } from './due.js';
import { type Later, prepared } from './prepared.js';
import { type Ended, type Settled, SettlementStore } from './settlements.js';

export interface Turn {
  worker: number;
  ended: readonly Ended[];
  /** How many jobs to claim at most. */
  room: number;
  /** Who will run each of them, in the order of the claims; see Claim. */
  runners?: readonly (string | null)[];
  /** Jobs to claim beyond that room, for slots that will be free in a moment. */
  ahead?: Ahead;
  served: Served;
  policy: Policy;
}

export interface TurnResult {
  settled: Settled[];
  claims: Claim[];
  /** Until the next waiting job is due, ms; null when none waits. */
  nextDueMs: number | null;
}

type Taking = Pick<Turn, 'worker' | 'room' | 'runners' | 'ahead' | 'served'>;

interface Asked {
  nextDue: Later<NextDue>;
  lanes: Later<Lane>;
}

const NOTHING = { claims: [], nextDueMs: null };

const ORPHANS_AT_ONCE = 1000;

export class RunStore {
  readonly #claims: ClaimStore;
  readonly #settlements: SettlementStore;
  readonly #due: DueStore;
  readonly #doubt = new Doubt();

  constructor(private readonly database: Database) {
    this.#claims = new ClaimStore(database);
    this.#settlements = new SettlementStore(database);
    this.#due = new DueStore(database);
  }

  /** @throws CommitUnknown; what ended is to be offered again then */
  async turn(turn: Turn): Promise<TurnResult> {
    const result = await this.#turn(turn);
    const left = turn.room - result.claims.length;
    if (this.database.dialect.oneWriter || turn.ended.length === 0 || left <= 0) return result;
    // Whoever enqueued before that commit took this worker for busy, and woke nobody.
    const runners = turn.runners?.slice(result.claims.length);
    const more = await this.#turn({ ...turn, ended: [], room: left, runners }).catch(() => undefined);
    return more ? { ...more, settled: result.settled, claims: [...result.claims, ...more.claims] } : result;
  }

  async #turn({ worker, ended, room, runners, ahead, served, policy }: Turn): Promise<TurnResult> {
    let result: TurnResult | undefined;
    let tell = () => {};
    const transaction = this.database.transaction(async (tx) => {
      const counts = new CountChanges();
      const asked = room + (ahead?.room ?? 0) > 0 ? await this.#ask(tx) : undefined;
      const all = [...ended, ...this.#doubt.claimed];
      const told = all.length > 0 ? await this.#settlements.settle(tx, worker, all, policy, counts) : [];
      const settled = await this.#doubt.recorded(tx, told.slice(0, ended.length));
      if (settled.length > 0) failPoint('settle-before-commit');
      const retries = told.map(({ delayMs }) => delayMs);
      // What a follow-up waits for is known only after it was stored.
      if (asked && ended.some(({ followUps }) => followUps)) asked.nextDue = await this.#due.next(tx);
      const taking = { worker, room, runners, ahead, served };
      const taken = asked ? await this.#take(tx, taking, asked, retries, counts) : NOTHING;
      await counts.write(tx, this.database, worker);
      if (settled.length + taken.claims.length > 0) tell = await this.database.tellWith(tx);
      if (taken.claims.length > 0) failPoint('claim-before-commit');
      result = { settled, ...taken };
    });
    await this.#doubt.about(transaction, ended, () => result?.claims ?? []);
    tell();
    return result!;
  }

  /** What to take is asked for first, so that its answers come with those about what ended. */
  async #ask(tx: Executor): Promise<Asked> {
    return { nextDue: await this.#due.next(tx), lanes: await this.#claims.lanes(tx) };
  }

  /** @param retries of what ended in this turn, after it was asked: ms until each */
  async #take(
    tx: Executor,
    { worker, room, runners, ahead, served }: Taking,
    asked: Asked,
    retries: readonly (number | null)[],
    counts: CountChanges,
  ) {
    const [next] = await asked.nextDue();
    const { woken, nextDueMs, mayClaim } = await this.#due.pass(tx, next!, retries, counts);
    const lanes = await asked.lanes();
    if (!mayClaim) return { claims: [], nextDueMs };
    const claims = await this.#claims.claim(tx, worker, { served, room, ahead, runners }, lanes, counts);
    // A lane that has had nothing ready before is not in the list until this is committed.
    const missed = woken.some(({ queue, type }) => !lanes.some((lane) => lane.queue === queue && lane.type === type));
    return { claims, nextDueMs: missed ? 0 : nextDueMs };
  }

  /** Running jobs whose worker's row has ended: nobody follows them. */
  async orphans(): Promise<Orphan[]> {
    const askedAt = Date.now();
    const rows = await this.#orphans({}, this.database.kysely);
    return rows.map(({ name, timeout_ms, queue_timeout_ms, ...row }) => ({
      ...row,
      askedAt,
      leaseOver: Boolean(row.leaseOver),
      runningMs: Math.max(0, row.runningMs), // the clock may have gone back (F22)
      id: name ?? String(row.job),
      timeoutMs: timeout_ms ?? queue_timeout_ms,
    }));
  }

  readonly #orphans = prepared(() =>
    this.database.kysely
      .selectFrom('jobs')
      .innerJoin('workers', 'workers.number', 'jobs.worker')
      .innerJoin('attempts', (join) =>
        join.onRef('attempts.job', '=', 'jobs.number').onRef('attempts.attempt', '=', 'jobs.attempt'),
      )
      .innerJoin('workers as starters', 'starters.number', 'attempts.worker')
      .leftJoin('queues', 'queues.name', 'jobs.queue')
      .select(['jobs.number as job', 'jobs.name', 'jobs.attempt', 'jobs.queue', 'jobs.type', 'jobs.timeout_ms'])
      .select([
        'workers.number as worker',
        'workers.host',
        'workers.seen_at as seenAt',
        'workers.lease_until as leaseUntil',
        'attempts.worker as startedBy',
        'starters.host as startedOn',
        'attempts.runner',
        'queues.timeout_ms as queue_timeout_ms',
      ])
      .select(sql<number>`${this.database.now} - attempts.started_at`.as('runningMs'))
      .select(sql<number>`workers.lease_until < ${this.database.now}`.as('leaseOver'))
      .where(sql<boolean>`jobs.state = 'processing'`)
      .where('workers.ended_at', 'is not', null)
      .limit(ORPHANS_AT_ONCE),
  );

  /** The workers that started what runs now, also where another one has adopted it. */
  async startersOfRunning(): Promise<number[]> {
    const rows = await this.database.kysely
      .selectFrom('jobs')
      .innerJoin('attempts', (join) =>
        join.onRef('attempts.job', '=', 'jobs.number').onRef('attempts.attempt', '=', 'jobs.attempt'),
      )
      .select('attempts.worker')
      .distinct()
      .where(sql<boolean>`jobs.state = 'processing'`)
      .execute();
    return rows.map((row) => row.worker);
  }

  /** After the clock was set back. @returns how many retries come sooner */
  moveRetriesBack(): Promise<number> {
    return moveRetriesBack(this.database);
  }

  /** How far running attempts are, from 0 to 1. Those that have another holder now are left alone. */
  async progress(all: readonly { job: number; attempt: number; done: number }[]): Promise<void> {
    const json = JSON.stringify(all.map(({ job, attempt, done }) => [job, attempt, done]));
    await this.#setProgress({ json }, this.database.kysely);
  }

  readonly #setProgress = prepared<{ json: string }, never>(({ json }) => {
    const kinds = { job: 'ms', attempt: 'integer', done: 'real' } as const;
    const told = this.database.dialect.rows<{ job: number; attempt: number; done: number }>(json, kinds);
    return this.database.kysely
      .updateTable('jobs')
      .from(told.as('told'))
      .set(({ ref }) => ({ progress: ref('told.done') }))
      .whereRef('jobs.number', '=', 'told.job')
      .whereRef('jobs.attempt', '=', 'told.attempt')
      .where(sql<boolean>`jobs.state = 'processing'`)
      .$castTo<never>();
  }, 'nothing');

  /** Makes a worker the holder of an orphan. @returns false when another one was first */
  async adopt(orphan: Pick<Orphan, 'job' | 'attempt' | 'worker'>, worker: number): Promise<boolean> {
    const { numUpdatedRows } = await this.database.kysely
      .updateTable('jobs')
      .set({ worker })
      .where('number', '=', orphan.job)
      .where('attempt', '=', orphan.attempt)
      .where('worker', '=', orphan.worker)
      .where(sql<boolean>`state = 'processing'`)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

export interface Orphan {
  job: number;
  id: string;
  attempt: number;
  queue: string;
  type: string;
  /** The holder that is gone, and where it was. */
  worker: number;
  host: string;
  /** Its last sign of life, and until when its claims were good, epoch ms. */
  seenAt: number;
  leaseUntil: number;
  /** By the database's clock when it was read. */
  leaseOver: boolean;
  /** The worker that started the attempt; its state files tell how it went. */
  startedBy: number;
  /** Where it was: pids of another host say nothing here. */
  startedOn: string;
  /** The launcher that was to run it, as `pid start`; null when it was started by spawn. */
  runner: string | null;
  /** How long the attempt has been running by the clock, ms. */
  runningMs: number;
  /** When that was asked for, by this host's clock, epoch ms. */
  askedAt: number;
  /** The job's timeout, else its queue's, ms. */
  timeoutMs: number | null;
}
