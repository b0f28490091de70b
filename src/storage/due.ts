// What the time does to waiting jobs: those that are due become ready, those that have not started in time end.
import { sql } from 'kysely';
import type { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { EXPIRED_AT_ONCE, expireDue } from './expiry.js';
import { type Later, prepared, preparedLater } from './prepared.js';

export interface NextDue {
  /** Until the next waiting job is due, ms; null when none waits. */
  inMs: number | null;
  /** Until the next job expires that has not started, ms. */
  expiresInMs: number | null;
}

interface Passed {
  /** They became ready. */
  woken: { queue: string; type: string }[];
  /** Until there is something to do again, ms. */
  nextDueMs: number | null;
  /** Among those that are ready some may have expired. */
  mayClaim: boolean;
}

/** Longer writes would hold the lock for too long. */
const WOKEN_AT_ONCE = 1000;
/** Another worker is about to see to what is due. */
const OTHERS_DO_MS = 10;

export class DueStore {
  constructor(private readonly database: Database) {}

  next(tx: Executor): Promise<Later<NextDue>> {
    return this.#next({}, tx);
  }

  /** @param retries of what ended in this transaction, after it was asked what is next: ms until each */
  async pass(tx: Executor, next: NextDue, retries: readonly (number | null)[], counts: CountChanges): Promise<Passed> {
    const expiresInMs = await this.#expire(tx, next.expiresInMs, counts);
    const { woken, nextDueMs } = await this.#wake(tx, soonest([next.inMs, ...retries]), counts);
    return { woken, nextDueMs: soonest([nextDueMs, expiresInMs]), mayClaim: expiresInMs !== 0 };
  }

  /** Before any is claimed. @returns until the next one expires, ms */
  async #expire(tx: Executor, inMs: number | null, counts: CountChanges): Promise<number | null> {
    if (inMs === null || inMs > 0) return inMs;
    if ((await expireDue(tx, this.database, counts)) === EXPIRED_AT_ONCE) return 0;
    const [rest] = await (await this.next(tx))();
    return othersDo(rest!.expiresInMs);
  }

  /** @returns them, and until the next one is due, ms */
  async #wake(tx: Executor, inMs: number | null, counts: CountChanges) {
    if (inMs === null || inMs > 0) return { woken: [], nextDueMs: inMs };
    const due = await this.#due({}, tx);
    if (due.length === 0) return { woken: [], nextDueMs: OTHERS_DO_MS };
    for (const job of due) counts.move(job, job.state, 'pending');
    await tx
      .updateTable('jobs')
      .set({ state: 'pending', wake_at: null, changed_at: this.database.now })
      .where(
        'number',
        'in',
        due.map(({ number }) => number),
      )
      .execute();
    const [rest] = await (await this.next(tx))();
    return { woken: due, nextDueMs: rest!.inMs };
  }

  readonly #due = prepared(() => {
    const query = this.database.kysely
      .selectFrom('jobs')
      .select(['number', 'queue', 'type', 'state'])
      .where('wake_at', '<=', this.database.now)
      .orderBy('wake_at')
      .limit(WOKEN_AT_ONCE);
    return this.database.dialect.lock(query, 'free jobs');
  });

  readonly #next = preparedLater<object, NextDue>(() => {
    const { kysely, now } = this.database;
    const until = (column: 'wake_at' | 'expires_at') => {
      const first = kysely.selectFrom('jobs').select(({ fn }) => fn.min(column).as('at'));
      return sql<number | null>`${first.where(column, 'is not', null)} - ${now}`;
    };
    return kysely.selectNoFrom([until('wake_at').as('inMs'), until('expires_at').as('expiresInMs')]);
  });
}

function othersDo(inMs: number | null): number | null {
  return inMs !== null && inMs <= 0 ? OTHERS_DO_MS : inMs;
}

/** Null when there is none. */
function soonest(delays: readonly (number | null)[]): number | null {
  const known = delays.filter((delay) => delay !== null);
  return known.length === 0 ? null : Math.min(...known);
}
