// Runs completed jobs again: as new ones, whose parents they are.
import { sql } from 'kysely';
import { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import type { JobRow } from './schema.js';

const COPIED = ['queue', 'type', 'priority', 'max_retries', 'timeout_ms', 'backoff_base', 'backoff_max_ms'] as const;

/** A part of a transaction: of jobs whose keys are free. The new ones have numbers for ids, and run at once. @returns theirs by those of the old ones */
export async function copyJobs(
  tx: Executor,
  database: Database,
  rows: readonly JobRow[],
): Promise<Map<number, number>> {
  if (rows.length === 0) return new Map();
  const { now } = database;
  const numbers = rows.map(({ number }) => number);
  const state = sql.lit('pending');
  const key = sql<string | null>`case when key_scope is null then key end`; // else the old one has it for good
  const added = await tx
    .insertInto('jobs')
    .columns([...COPIED, 'key', 'key_lock', 'parent', 'state', 'run_at', 'created_at', 'changed_at'])
    .expression((db) =>
      db
        .selectFrom('jobs')
        .select([...COPIED, key.as('key'), key.as('key_lock')])
        .select(['number', state.as('state'), now.as('run_at'), now.as('created'), now.as('changed')])
        .where('number', 'in', numbers)
        .orderBy('number'),
    )
    .returning(['number', 'parent'])
    .execute();
  await tx
    .insertInto('specs')
    .columns(['job', 'payload', 'context', 'env'])
    .expression((db) =>
      db
        .selectFrom('specs')
        .innerJoin('jobs', 'jobs.parent', 'specs.job')
        .select(['jobs.number', 'specs.payload', 'specs.context', 'specs.env'])
        .where(
          'jobs.number',
          'in',
          added.map(({ number }) => number),
        ),
    )
    .execute();
  const counts = new CountChanges();
  for (const row of rows) counts.add(row, 'pending');
  await counts.write(tx, database);
  return new Map(added.map(({ number, parent }) => [parent!, number]));
}
