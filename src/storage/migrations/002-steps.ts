// What job types of plugins need: finished steps of jobs, and which plugin brought a type.
import type { Kysely } from 'kysely';
import type { StoreDialect } from '../dialect.js';
import type { Tables } from '../schema.js';

export async function steps(db: Kysely<Tables>, dialect: StoreDialect): Promise<void> {
  const { ms, bytes } = dialect.types;
  await db.schema
    .createTable('steps')
    .addColumn('job', ms, (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull()) // that finished it
    .addColumn('value', bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('steps_key', ['job', 'name'])
    .execute();
  await db.schema
    .createTable('job_types') // for whoever meets a job whose type is not installed
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('plugin', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .execute();
}
