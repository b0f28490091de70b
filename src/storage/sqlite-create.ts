// Opens an SQLite queue, builds it first where there is none, and brings an older one up to date.
import type { Database, DatabaseOptions } from './database.js';
import { migrateToLatest } from './migrate.js';
import { connect, openCurrent, setJournal } from './sqlite.js';
import { createSqliteFile, fileExists } from './sqlite-file.js';

export async function openOrCreate(location: string, options: DatabaseOptions = {}): Promise<Database> {
  if (!fileExists(location)) await createSqliteFile(location, (temporary) => prepareNew(temporary, options));
  const current = await openCurrent(location, options);
  if (current) return current;
  await bringUpToDate(location, options);
  return (await openCurrent(location, options))!;
}

/** Builds the whole schema in a file that nobody else knows, and leaves it as one synced file without a WAL. */
export async function prepareNew(temporary: string, options: DatabaseOptions): Promise<void> {
  const { database, raw } = connect(temporary, options);
  try {
    await setJournal(database.kysely);
    await migrateToLatest(database);
    raw.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    await database.close();
  }
}

async function bringUpToDate(location: string, options: DatabaseOptions): Promise<void> {
  const { database } = connect(location, options);
  try {
    await setJournal(database.kysely);
    await migrateToLatest(database);
  } finally {
    await database.close();
  }
}
