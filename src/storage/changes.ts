// What people do to jobs that are not running: redrive them, or remove them for good. Each leaves an event.
import { Conflict } from '../errors.js';
import type { JobState } from '../job/job.js';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { jobsToChange, recordEvents } from './events.js';
import { takeKeys } from './key-locks.js';
import type { JobRow } from './schema.js';

const REDRIVEN: readonly JobState[] = ['dead', 'failed', 'cancelled'];

/** What is left of a removed job for its caller to clean up. */
export interface Removed {
  job: number;
  outputFiles: string[];
}

type Doomed = Pick<JobRow, 'number' | 'queue' | 'type' | 'state'>;

export class ChangeStore {
  constructor(private readonly database: Database) {}

  /**
   * Puts dead, failed or cancelled jobs back into their queue: same id, failures back to 0, the attempt number goes on.
   * @param numbers at most 1,000
   * @throws NoSuchJob, Conflict; nothing is changed then
   */
  async redrive(numbers: readonly number[], who: string, expected = REDRIVEN): Promise<void> {
    if (numbers.length === 0) return;
    await this.database.transaction(async (tx) => {
      const rows = await this.#inState(tx, numbers, expected, 'retried');
      const { now } = this.database;
      await takeKeys(tx, this.database, rows);
      await recordEvents(tx, this.database, rows, 'retried', who);
      await tx
        .updateTable('jobs')
        .set({ state: 'pending', failures: 0, crashes: 0, wake_at: null, finished_at: null, changed_at: now })
        .where('number', 'in', numbers)
        .execute();
      const counts = new CountChanges();
      for (const row of rows) counts.move(row, row.state, 'pending');
      await counts.write(tx, this.database);
    });
  }

  /**
   * Removes jobs and all that is stored of them.
   * @param numbers at most 1,000
   * @throws NoSuchJob, Conflict; nothing is removed then
   */
  async remove(numbers: readonly number[], expected: readonly JobState[]): Promise<Removed[]> {
    return this.database.transaction(async (tx) => {
      const rows = await this.#inState(tx, numbers, expected, 'removed');
      return this.#remove(tx, rows);
    });
  }

  /**
   * Removes those that are in one of the states; others were changed or removed meanwhile and are left alone.
   * @param numbers at most 1,000
   */
  async removeStill(numbers: readonly number[], states: readonly JobState[]): Promise<Removed[]> {
    return this.database.transaction(async (tx) => {
      const query = tx
        .selectFrom('jobs')
        .select(['number', 'queue', 'type', 'state'])
        .where('number', 'in', numbers)
        .where('state', 'in', states);
      const rows = await this.database.dialect.lock(query, 'jobs').execute();
      return this.#remove(tx, rows);
    });
  }

  async #remove(tx: Executor, rows: readonly Doomed[]): Promise<Removed[]> {
    const numbers = rows.map((row) => row.number);
    const files = await tx
      .selectFrom('attempts')
      .select(['job', 'output_file'])
      .where('job', 'in', numbers)
      .where('output_file', 'is not', null)
      .execute();
    await removeRows(tx, numbers);
    const counts = new CountChanges();
    for (const row of rows) counts.add(row, row.state, -1);
    await counts.write(tx, this.database);
    return numbers.map((job) => ({
      job,
      outputFiles: files.filter((file) => file.job === job).map((file) => file.output_file!),
    }));
  }

  async #inState(tx: Executor, numbers: readonly number[], expected: readonly JobState[], done: string) {
    const rows = await jobsToChange(tx, this.database, numbers);
    const other = rows.find((row) => !expected.includes(row.state));
    if (other) {
      throw new Conflict(
        `job ${other.name ?? other.number} is ${other.state}; only ${expected.join(', ')} jobs can be ${done} so`,
      );
    }
    return rows;
  }
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
