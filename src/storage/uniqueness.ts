// Whether a job may be added beside those there are: who has its key or its id already, and what follows from that.
import { sql } from 'kysely';
import { Conflict, RolledBack } from '../errors.js';
import { WAITING_STATES } from '../job/job.js';
import type { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { expire } from './expiry.js';
import type { NewJob } from './intake.js';
import { idOf, quoted, told } from './key-locks.js';
import type { JobRow } from './schema.js';

const COLUMNS = ['number', 'name', 'queue', 'type', 'state', 'key', 'key_lock', 'key_scope'] as const;

export type Holder = Pick<JobRow, (typeof COLUMNS)[number]>;

/** What becomes of a new job. */
export type Verdict =
  | { is: 'new' }
  /** It is not stored: that job is there. */
  | { is: 'found'; holder: Holder }
  /** That job waits, and is written anew. */
  | { is: 'replaces'; holder: Holder }
  /** Another one of the same batch stands for it. */
  | { is: 'as'; index: number }
  | { is: 'refused'; conflict: Conflict };

export const NEW: Verdict = { is: 'new' };

/** Whether one has to look before it is stored; an id that is merely taken is told by the insert itself. */
export function mustLook({ key, ifExists }: NewJob): boolean {
  return key !== null || ifExists !== 'error';
}

/**
 * A part of the transaction that is to store them; jobs that they replace are locked then.
 * @param ending jobs that end in the same transaction, before these are stored
 * @param counts of that transaction: a job that has expired is ended first
 */
export async function judge(
  tx: Executor,
  database: Database,
  jobs: readonly NewJob[],
  counts: CountChanges,
  ending: ReadonlySet<number> = new Set(),
): Promise<Verdict[]> {
  const locked = new Set<number>();
  for (;;) {
    const holders = await look(tx, database, jobs);
    const overdue = holders.filter((holder) => Boolean(holder.overdue));
    if (overdue.length > 0) {
      const numbers = overdue.map(({ number }) => number);
      if ((await expire(tx, database, numbers, counts)) > 0) continue;
    }
    const verdicts = verdictsOn(jobs, holders, ending);
    if (database.dialect.oneWriter) return verdicts;
    // What is replaced must not be claimed before that; what others hold is left to them.
    const replaced = verdicts.flatMap((verdict) => (verdict.is === 'replaces' ? [verdict.holder.number] : []));
    const more = replaced.filter((number) => !locked.has(number));
    if (more.length === 0) return verdicts;
    await database.dialect.lock(tx.selectFrom('jobs').select('number').where('number', 'in', more), 'jobs').execute();
    for (const number of more) locked.add(number);
  }
}

/**
 * A part of the transaction that has just stored these as new. On a server another job may have come and ended since the
 * look, with a key that is to be theirs for good: the unique index made the insert wait for that, and now it is seen.
 * @param numbers their own
 * @throws RolledBack which has the transaction done again
 */
export async function checkAlone(
  tx: Executor,
  { dialect }: Database,
  jobs: readonly NewJob[],
  numbers: readonly number[],
): Promise<void> {
  const keys = jobs.filter(({ keyScope }) => keyScope === 'all').map(keyOf);
  if (dialect.oneWriter || keys.length === 0) return;
  const others = tx.selectFrom('jobs').select('number').where('key', 'in', keys).where('number', 'not in', numbers);
  if (await others.limit(1).executeTakeFirst()) throw new RolledBack();
}

/** What would become of them now: nothing is locked or ended, and it may be otherwise when they are stored. */
export async function foresee(database: Database, jobs: readonly NewJob[]): Promise<Verdict[]> {
  const holders = await look(database.kysely, database, jobs);
  return verdictsOn(
    jobs,
    holders.filter(({ overdue }) => !overdue),
    new Set(),
  );
}

async function look(tx: Executor, { now }: Database, jobs: readonly NewJob[]) {
  const find = async (column: 'key' | 'key_lock' | 'name', values: readonly (string | null)[]) => {
    const asked = [...new Set(values)].filter((value) => value !== null);
    if (asked.length === 0) return [];
    return tx
      .selectFrom('jobs')
      .select(COLUMNS)
      .select(sql<number>`coalesce(expires_at <= ${now}, false)`.as('overdue'))
      .where(column, 'in', asked)
      .execute();
  };
  const all = jobs.filter(({ keyScope }) => keyScope === 'all');
  return [
    ...(await find('key_lock', jobs.map(keyOf))),
    ...(await find('key', all.map(keyOf))),
    ...(await find(
      'name',
      jobs.map(({ name }) => name),
    )),
  ];
}

function keyOf({ key }: NewJob): string | null {
  return key;
}

/** Job by job, as if each were stored before the next one is looked at. */
function verdictsOn(jobs: readonly NewJob[], holders: readonly Holder[], ending: ReadonlySet<number>): Verdict[] {
  const verdicts: Verdict[] = [];
  const keys = new Map<string, number>();
  const names = new Map<string, number>();
  jobs.forEach((job, index) => {
    const before =
      (job.key === null ? undefined : keys.get(job.key)) ?? (job.name === null ? undefined : names.get(job.name));
    const verdict = before === undefined ? verdictOn(job, holders, ending) : twice(job, jobs[before]!, before);
    verdicts.push(verdict);
    if (verdict.is === 'as' && job.ifExists === 'replace') {
      verdicts[index] = verdicts[before!]!;
      verdicts[before!] = { is: 'as', index };
    }
    const stored = verdicts[index]!;
    if (stored.is !== 'new' && stored.is !== 'replaces') return;
    if (job.key !== null) keys.set(job.key, index);
    if (job.name !== null) names.set(job.name, index);
  });
  return verdicts;
}

function verdictOn(job: NewJob, holders: readonly Holder[], ending: ReadonlySet<number>): Verdict {
  const byName = holders.find(({ name }) => name !== null && name === job.name);
  const byKey =
    job.key === null
      ? undefined
      : (holders.find((holder) => holder.key_lock === job.key && !givesBack(holder, job, ending)) ??
        holders.find((holder) => job.keyScope === 'all' && holder.key === job.key));
  const holder = byKey ?? byName;
  if (!holder) return NEW;
  if (job.ifExists === 'error' || (byKey && byName && byKey.number !== byName.number)) {
    return { is: 'refused', conflict: taken(job, holder, byKey !== undefined) };
  }
  if (job.ifExists === 'skip') return { is: 'found', holder };
  if (job.name !== null && holder.name !== job.name) {
    return {
      is: 'refused',
      conflict: new Conflict(`${told(holder)} has the key ${quoted(job.key!)} under another id`),
    };
  }
  if (WAITING_STATES.includes(holder.state)) return { is: 'replaces', holder };
  return { is: 'refused', conflict: tooLate(holder) };
}

/** Its key is free as soon as it has ended. */
function givesBack(holder: Holder, { keyScope }: NewJob, ending: ReadonlySet<number>): boolean {
  return ending.has(holder.number) && holder.key_scope !== 'all' && keyScope !== 'all';
}

function twice(job: NewJob, before: NewJob, index: number): Verdict {
  const fits = job.name === before.name || (job.name === null && job.ifExists === 'skip');
  if (job.ifExists !== 'error' && fits) return { is: 'as', index };
  const what = job.key !== null && job.key === before.key ? `key ${quoted(job.key)}` : `id "${job.name}"`;
  return { is: 'refused', conflict: new Conflict(`the ${what} stands in this batch twice`) };
}

function taken(job: NewJob, holder: Holder, byKey: boolean): Conflict {
  if (!byKey) return takenId(job.name!, holder.state);
  return new Conflict(`${told(holder)} has the key ${quoted(job.key!)}`, [
    `queuectl show ${idOf(holder)}`,
    'with --if-exists skip or "if_exists":"skip" that job is taken for this one; replace writes it anew while it waits',
  ]);
}

export function takenId(name: string, state: string | undefined): Conflict {
  return new Conflict(`the id "${name}" is taken${state === undefined ? '' : ` by a ${state} job`}`, [
    'choose another id, or leave it out to get a number',
  ]);
}

function tooLate(holder: Holder): Conflict {
  const id = idOf(holder);
  if (holder.state !== 'processing')
    return new Conflict(`${told(holder)} has ended: it cannot be replaced`, [`queuectl show ${id}`]);
  return new Conflict(`${told(holder)} has begun: it cannot be replaced`, [
    `queuectl wait ${id} waits for its end`,
    `queuectl cancel ${id} ends it`,
  ]);
}
