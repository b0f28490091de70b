// Finished steps of jobs, each with the value that a later attempt is given instead of doing it again.
import { sql } from 'kysely';
import type { Database } from './database.js';

export class StepStore {
  constructor(private readonly database: Database) {}

  /** All of one job, by name. */
  async of(job: number): Promise<Map<string, Buffer>> {
    const rows = await this.database.kysely
      .selectFrom('steps')
      .select(['name', 'value'])
      .where('job', '=', job)
      .execute();
    return new Map(rows.map(({ name, value }) => [name, value]));
  }

  /** @returns false when the attempt does not hold the job any more; then nothing is stored */
  async save(job: number, attempt: number, name: string, value: Buffer): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const holder = tx
        .selectFrom('jobs')
        .select('number')
        .where('number', '=', job)
        .where('attempt', '=', attempt)
        .where(sql<boolean>`state = 'processing'`);
      const held = await this.database.dialect.lock(holder, 'jobs').executeTakeFirst();
      if (!held) return false;
      await tx
        .insertInto('steps')
        .values({ job, attempt, name, value })
        .onConflict((conflict) => conflict.columns(['job', 'name']).doUpdateSet({ attempt, value }))
        .execute();
      return true;
    });
  }
}
