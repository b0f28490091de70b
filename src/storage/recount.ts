// What is only derived from jobs: their counters. Compares them, and counts anew.
import { sql } from 'kysely';
import type { JobState } from '../job/job.js';
import type { Database } from './database.js';

export interface WrongCount {
  queue: string;
  type: string;
  state: JobState;
  /** By how much the counter is too high. */
  tooMany: number;
}

/** One statement, and so of one moment, whatever others do. */
export async function wrongCounts({ kysely }: Database): Promise<WrongCount[]> {
  const counted = kysely
    .selectFrom('counts')
    .select(['queue', 'type', 'state', 'n'])
    .unionAll(kysely.selectFrom('jobs').select(['queue', 'type', 'state', sql<number>`-1`.as('n')]));
  return kysely
    .selectFrom(counted.as('both'))
    .select(({ fn }) => ['queue', 'type', 'state', fn.sum<number>('n').as('tooMany')])
    .groupBy(['queue', 'type', 'state'])
    .having(({ fn }) => fn.sum('n'), '<>', 0)
    .orderBy('queue')
    .orderBy('type')
    .orderBy('state')
    .execute();
}

/** Nobody enqueues or claims while it counts. */
export async function recount(database: Database): Promise<void> {
  const { alone } = database.dialect.numbers;
  await database.transaction(async (tx) => {
    if (alone) await alone.execute(tx);
    await tx.deleteFrom('counts').execute();
    await tx
      .insertInto('counts')
      .columns(['queue', 'type', 'state', 'shard', 'n'])
      .expression((db) =>
        db
          .selectFrom('jobs')
          .select(({ fn }) => ['queue', 'type', 'state', sql<number>`0`.as('shard'), fn.countAll<number>().as('n')])
          .groupBy(['queue', 'type', 'state']),
      )
      .execute();
  });
}
