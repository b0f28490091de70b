// Takes a change back, for those of its jobs that have not moved on since.
import { sql } from 'kysely';
import { CHANGES } from '../job/change.js';
import { ENDED_STATES, type JobState } from '../job/job.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import type { ColumnKind } from './dialect.js';
import { type Before, type By, jobsToChange, recordChange } from './events.js';
import { keyRace, ownKey, releasedKey, withFreeKeys } from './key-locks.js';
import type { JobRow } from './schema.js';

export interface LastChange {
  change: number;
  /** Such as `cancelled`. */
  what: string;
  who: string;
  /** Epoch ms. */
  at: number;
}

export interface Undone {
  jobs: Pick<JobRow, 'number' | 'name'>[];
  /** Ran, were changed again, or are gone. */
  movedOn: number;
  /** The number of the last event that was looked at; null: all were. */
  after: number | null;
  /** The undo's own number, to go on with. */
  undo: number | null;
}

/** What an undo may restore, and how it stands in JSON. */
const RESTORED = {
  ...{ state: 'text', queue: 'text', priority: 'integer', run_at: 'ms', wake_at: 'ms', finished_at: 'ms' },
  expires_at: 'ms',
  ...{ failures: 'integer', crashes: 'integer', cause: 'text' },
  ...{ max_retries: 'integer', timeout_ms: 'ms', backoff_base: 'real', backoff_max_ms: 'ms' },
} as const satisfies Partial<Record<keyof JobRow, ColumnKind>>;
type Restored = Pick<JobRow, 'number' | 'type' | keyof typeof RESTORED>;

const UNDONE = 'undone';
const AT_ONCE = 1000;

/** In which state each change leaves a job; an update leaves it in the one that it was in. */
const LEFT_IN: Record<string, JobState> = {
  [CHANGES.cancel.done]: 'cancelled',
  [CHANGES.retry.done]: 'pending',
  [CHANGES.hold.done]: 'held',
  [CHANGES.release.done]: 'pending',
};

export class UndoStore {
  constructor(private readonly database: Database) {}

  /** The last change that somebody made and that was not undone. */
  async last(who: string): Promise<LastChange | undefined> {
    const undone = new Set<number>();
    for (let below = Number.MAX_SAFE_INTEGER; ; ) {
      // A change has the number of its first event.
      const row = await this.#changes()
        .where('change', '<', below)
        .where('who', '=', who)
        .orderBy('change', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!row) return undefined;
      below = row.change;
      if (row.what === UNDONE) undone.add(undoneBy(row.before));
      else if (!undone.has(row.change)) return row;
    }
  }

  /** One change, whoever made it. */
  find(change: number): Promise<LastChange | undefined> {
    return this.#changes().where('number', '=', change).executeTakeFirst();
  }

  /**
   * Up to 1,000 of its jobs.
   * @param after the event to go on after
   * @param by `change` is that of the undo so far
   */
  async undo({ change, what }: LastChange, after: number, by: By): Promise<Undone> {
    return this.database
      .transaction(async (tx) => {
        const events = await tx
          .selectFrom('events')
          .select(['number', 'job', 'before'])
          .where('change', '=', change)
          .where('number', '>', after)
          .orderBy('number')
          .limit(AT_ONCE)
          .execute();
        if (events.length === 0) return { jobs: [], movedOn: 0, after: null, undo: by.change };
        const numbers = events.map(({ job }) => job);
        const rows = new Map((await jobsToChange(tx, this.database, numbers, 'skip')).map((row) => [row.number, row]));
        const later = await lastEvents(tx, numbers);
        const stayed = events.flatMap(({ number, job, before }): [JobRow, Before][] => {
          const row = rows.get(job);
          const was = JSON.parse(before!) as Before;
          const asLeft = row && later.get(job) === number && row.attempt === was.attempt && isAsLeft(row.state, what);
          return asLeft ? [[row, was]] : [];
        });
        const { free } = await withFreeKeys(
          tx,
          stayed.map(([row]) => row),
        );
        const back = stayed.filter(([row]) => free.includes(row));
        const undo = await this.#restore(tx, back, what, change, by);
        const last = events.length < AT_ONCE ? null : events.at(-1)!.number;
        return { jobs: back.map(([row]) => row), movedOn: events.length - back.length, after: last, undo };
      })
      .catch((error) => {
        throw keyRace(error, this.database);
      });
  }

  /** @returns the undo's own number */
  async #restore(tx: Executor, back: readonly [JobRow, Before][], what: string, change: number, by: By) {
    if (back.length === 0) return by.change;
    const { dialect, now } = this.database;
    const rows = back.map(([row, was]) => restored(row, was, what));
    const names = Object.keys(RESTORED) as (keyof typeof RESTORED)[];
    const json = JSON.stringify(rows.map((row) => [row.number, ...names.map((name) => row[name])]));
    const given = dialect.rows<Omit<Restored, 'type'>>(sql`${json}`, { number: 'ms', ...RESTORED });
    await tx
      .updateTable('jobs')
      .from(given.as('given'))
      .set({ ...Object.fromEntries(names.map((name) => [name, sql.ref(`given.${name}`)])), changed_at: now })
      .set({
        key_lock: sql`case when given.state in (${sql.join(ENDED_STATES.map((state) => sql.lit(state)))}) then ${releasedKey} else ${ownKey} end`,
      })
      .whereRef('jobs.number', '=', 'given.number')
      .execute();
    const jobs = back.map(([row]) => row);
    const undo = await recordChange(tx, this.database, jobs, UNDONE, by, ({ state }) => ({ state, change }));
    const counts = new CountChanges();
    jobs.forEach((row, index) => {
      counts.add(row, row.state, -1);
      counts.add(rows[index]!, rows[index]!.state);
    });
    await counts.write(tx, this.database);
    return undo;
  }

  #changes() {
    return this.database.kysely
      .selectFrom('events')
      .select(['change', 'what', 'who', 'at', 'before'])
      .where('change', 'is not', null)
      .$narrowType<{ change: number }>();
  }
}

function isAsLeft(state: JobState, what: string): boolean {
  return what === CHANGES.update.done ? CHANGES.update.from.includes(state) : state === LEFT_IN[what];
}

/** An update is taken back in whatever state the job is meanwhile. */
function restored(row: JobRow, was: Before, what: string): Restored {
  return { ...row, ...was, ...(what === CHANGES.update.done && { state: row.state }) };
}

/** The last thing that happened to each job, leaving out what was undone since, and the undoing. */
async function lastEvents(tx: Executor, jobs: readonly number[]): Promise<Map<number, number>> {
  const events = await tx
    .selectFrom('events')
    .select(['number', 'job', 'what', 'change', 'before'])
    .where('job', 'in', jobs)
    .orderBy('number')
    .execute();
  const undone = new Set(
    events.filter(({ what }) => what === UNDONE).map(({ job, before }) => `${job} ${undoneBy(before)}`),
  );
  const standing = events.filter(({ what, job, change }) => what !== UNDONE && !undone.has(`${job} ${change}`));
  return new Map(standing.map(({ job, number }) => [job, number]));
}

function undoneBy(before: string | null): number {
  return (JSON.parse(before!) as { change: number }).change;
}
