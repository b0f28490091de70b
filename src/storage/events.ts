// What people do to jobs leaves an event: who did it, when, and what was before.
import { NoSuchJob } from '../errors.js';
import type { JobState } from '../job/job.js';
import type { Database, Executor } from './database.js';

/** What a change must know of a job, and what its event keeps. */
export interface JobBefore {
  number: number;
  name: string | null;
  queue: string;
  type: string;
  state: JobState;
  failures: number;
  crashes: number;
  cause: string | null;
  key: string | null;
  key_lock: string | null;
}

/** The jobs stay as they are until the transaction ends. @throws NoSuchJob when one of them is missing */
export async function jobsToChange(
  tx: Executor,
  { dialect }: Database,
  numbers: readonly number[],
): Promise<JobBefore[]> {
  const query = tx
    .selectFrom('jobs')
    .select(['number', 'name', 'queue', 'type', 'state', 'failures', 'crashes', 'cause', 'key', 'key_lock'])
    .where('number', 'in', numbers);
  const rows = await dialect.lock(query, 'jobs').execute();
  const missing = numbers.find((number) => !rows.some((row) => row.number === number));
  if (missing !== undefined) throw new NoSuchJob(String(missing));
  return rows;
}

/** @param rows the jobs as they were before the change */
export async function recordEvents(
  tx: Executor,
  database: Database,
  rows: readonly JobBefore[],
  what: string,
  who: string,
): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto('events')
    .values(
      rows.map(({ number, state, failures, crashes, cause }) => ({
        job: number,
        at: database.now,
        what,
        who,
        before: JSON.stringify({ state, failures, crashes, cause }),
      })),
    )
    .execute();
}
