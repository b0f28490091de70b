// Makes the tables of a queue on PostgreSQL, or brings them up to date: only when somebody asks for it.
import { sql } from 'kysely';
import { SchemaMismatch } from '../errors.js';
import type { Database, DatabaseOptions } from './database.js';
import { migrateToLatest } from './migrate.js';
import { connect } from './postgres.js';
import { readAddress } from './postgres-address.js';
import { readStoreFacts } from './store-facts.js';

const NEVER = 0;

/** @returns number of the schema that was there before; 0 when there was none */
export async function migratePostgres(text: string, options: DatabaseOptions = {}): Promise<number> {
  const address = readAddress(text);
  const database = await connect(address, options, NEVER); // the index of a large table takes its time
  try {
    // The lock lives as long as this transaction, also behind a pooler; the work is done on a second connection.
    return await database.transaction(async (lock) => {
      await sql`select pg_advisory_xact_lock(hashtext(${`queuectl ${address.schema}`}))`.execute(lock);
      const before = await programOf(database);
      await migrateToLatest(database, undefined, address.schema);
      return before;
    });
  } finally {
    await database.close();
  }
}

async function programOf(database: Database): Promise<number> {
  try {
    return (await readStoreFacts(database)).program;
  } catch (error) {
    if (error instanceof SchemaMismatch) return 0;
    throw error;
  }
}
