// Keys: which jobs hold theirs for good, and a way to find all that have one.
import type { Kysely } from 'kysely';
import type { Tables } from '../schema.js';

export async function keyScope(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('jobs').addColumn('key_scope', 'text').execute(); // 'all'; NULL: until the job has ended
  await db.schema.createIndex('jobs_keyed').on('jobs').column('key').where('key', 'is not', null).execute();
}
