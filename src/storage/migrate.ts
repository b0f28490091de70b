// Brings a queue's schema up to this program's: loaded only when there is something to do.
import { randomUUID } from 'node:crypto';
import { type Kysely, type Migration, Migrator } from 'kysely';
import type { Database } from './database.js';
import { type ListedMigration, migrations } from './migrations/list.js';
import type { Tables } from './schema.js';

/**
 * @param schema that holds the tables, where the database has such
 *
 * All or nothing, and safe when many programs do it at once: the adapter says that DDL is transactional, so Kysely's
 * migrator reads what ran before inside the IMMEDIATE transaction in which it runs the rest.
 */
export async function migrateToLatest(database: Database, list = migrations, schema?: string): Promise<void> {
  const all: Record<string, Migration> = {};
  for (const [index, migration] of list.entries()) {
    all[migration.name] = {
      async up(db: Kysely<Tables>) {
        await migration.up(db, database.dialect);
        await stamp(db, database, index + 1, migration);
      },
    };
  }
  const migrator = new Migrator({
    db: database.kysely,
    provider: { getMigrations: async () => all },
    migrationTableSchema: schema,
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

/** Says in the queue itself which program made it, and which may still write to it. */
async function stamp(db: Kysely<Tables>, { now }: Database, program: number, { oldestProgram }: ListedMigration) {
  const facts = { 'store.program': program, 'store.oldest_program': oldestProgram, 'store.id': randomUUID() };
  for (const [name, value] of Object.entries(facts)) {
    await db
      .insertInto('settings')
      .values({ name, value: String(value), changed_at: now, who: null })
      .onConflict((conflict) =>
        name === 'store.id' ? conflict.doNothing() : conflict.column('name').doUpdateSet({ value: String(value) }),
      )
      .execute();
  }
}
