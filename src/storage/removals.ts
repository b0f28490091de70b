// Removes jobs for good, with all that is stored of them.
import type { JobState } from '../job/job.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import type { JobRow } from './schema.js';

/** What is left of a removed job for its caller to clean up. */
export interface Removed {
  job: number;
  outputFiles: string[];
}

type Doomed = Pick<JobRow, 'number' | 'queue' | 'type' | 'state'>;

/**
 * Removes those that are in one of the states; others were changed or removed meanwhile and are left alone.
 * @param numbers at most 1,000
 */
export async function removeStill(
  database: Database,
  numbers: readonly number[],
  states: readonly JobState[],
): Promise<Removed[]> {
  return database.transaction(async (tx) => {
    const query = tx
      .selectFrom('jobs')
      .select(['number', 'queue', 'type', 'state'])
      .where('number', 'in', numbers)
      .where('state', 'in', states);
    return removeJobs(tx, database, await database.dialect.lock(query, 'jobs').execute());
  });
}

/** A part of a transaction. */
export async function removeJobs(tx: Executor, database: Database, rows: readonly Doomed[]): Promise<Removed[]> {
  const numbers = rows.map((row) => row.number);
  if (numbers.length === 0) return [];
  const files = await tx
    .selectFrom('attempts')
    .select(['job', 'output_file'])
    .where('job', 'in', numbers)
    .where('output_file', 'is not', null)
    .execute();
  await removeRows(tx, numbers);
  const counts = new CountChanges();
  for (const row of rows) counts.add(row, row.state, -1);
  await counts.write(tx, database);
  return numbers.map((job) => ({
    job,
    outputFiles: files.filter((file) => file.job === job).map((file) => file.output_file!),
  }));
}

/** There are no foreign keys: what belongs to a job is removed here, and here only. */
async function removeRows(tx: Executor, numbers: readonly number[]): Promise<void> {
  await tx.deleteFrom('outputs').where('job', 'in', numbers).execute();
  await tx.deleteFrom('attempts').where('job', 'in', numbers).execute();
  await tx.deleteFrom('steps').where('job', 'in', numbers).execute();
  await tx.deleteFrom('events').where('job', 'in', numbers).execute();
  await tx.deleteFrom('specs').where('job', 'in', numbers).execute();
  await tx.deleteFrom('jobs').where('number', 'in', numbers).execute();
}
