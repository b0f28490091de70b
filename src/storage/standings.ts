// How far jobs are, in few columns: what a program that waits for them reads again and again.
import { NoSuchJob } from '../errors.js';
import type { Job } from '../job/job.js';
import type { Database } from './database.js';
import { isNumber } from './jobs.js';
import type { JobRow } from './schema.js';

export type Standing = Pick<Job, 'number' | 'id' | 'queue' | 'type' | 'state' | 'cause' | 'expiresAt' | 'finishedAt'>;

/** Jobs that one statement asks for. */
const AT_ONCE = 500;

export class StandingStore {
  constructor(private readonly database: Database) {}

  /** In the order of the ids; a job that is named twice is there once. @throws NoSuchJob */
  async byIds(ids: readonly string[]): Promise<Standing[]> {
    const found = await this.byNumbers(ids.filter(isNumber).map(Number));
    for (const names of slices(ids.filter((id) => !isNumber(id)))) {
      found.push(...(await this.#select().where('name', 'in', names).execute()).map(standingOf));
    }
    const known = new Map(found.map((job) => [job.number, job]));
    const byName = new Map(found.map((job) => [job.id, job.number]));
    const numbers = ids.map((id) => {
      const number = isNumber(id) ? Number(id) : byName.get(id);
      if (number === undefined || !known.has(number)) throw new NoSuchJob(id);
      return number;
    });
    return [...new Set(numbers)].map((number) => known.get(number)!);
  }

  /** Those of them that are there, in no order. */
  async byNumbers(numbers: readonly number[]): Promise<Standing[]> {
    const found: Standing[] = [];
    for (const some of slices(numbers)) {
      found.push(...(await this.#select().where('number', 'in', some).execute()).map(standingOf));
    }
    return found;
  }

  /** What their last attempts left as results, by number; those that left none are not there. */
  async results(numbers: readonly number[]): Promise<Map<number, string>> {
    const results = new Map<number, string>();
    for (const some of slices(numbers)) {
      const rows = await this.database.kysely
        .selectFrom('jobs')
        .innerJoin('attempts', (join) =>
          join.onRef('attempts.job', '=', 'jobs.number').onRef('attempts.attempt', '=', 'jobs.attempt'),
        )
        .select(['jobs.number', 'attempts.result'])
        .where('jobs.number', 'in', some)
        .where('attempts.result', 'is not', null)
        .execute();
      for (const { number, result } of rows) results.set(number, result!);
    }
    return results;
  }

  #select() {
    return this.database.kysely.selectFrom('jobs').select(COLUMNS);
  }
}

const COLUMNS = ['number', 'name', 'queue', 'type', 'state', 'cause', 'expires_at', 'finished_at'] as const;

type StandingRow = Pick<JobRow, (typeof COLUMNS)[number]>;

function standingOf({ number, name, queue, type, state, cause, expires_at, finished_at }: StandingRow): Standing {
  const id = name ?? String(number);
  return { number, id, queue, type, state, cause, expiresAt: expires_at, finishedAt: finished_at };
}

function slices<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / AT_ONCE);
  return Array.from({ length: count }, (_, index) => all.slice(index * AT_ONCE, (index + 1) * AT_ONCE));
}
