// Opens a database by its path or URL. What creates and migrates it is loaded only when there is something to do.
import type { Database, DatabaseOptions } from './database.js';
import { isPostgres } from './postgres-address.js';
import { openCurrent } from './sqlite.js';
import { fileExists } from './sqlite-file.js';
import { PROGRAM } from './store-facts.js';

export async function openDatabase(location: string, options: DatabaseOptions = {}): Promise<Database> {
  if (isPostgres(location)) {
    const { openPostgres } = await import('./postgres.js');
    return openPostgres(location, options);
  }
  const current = await openCurrent(location, options);
  if (current) return current;
  const { openOrCreate } = await import('./sqlite-create.js');
  return openOrCreate(location, options);
}

/** What was done so that a queue is there and fits this program. */
export interface Prepared {
  /** As it may be shown. */
  location: string;
  /** There was none. */
  created: boolean;
  /** It was one of an older program, on a server; a file is brought up to date by whoever opens it. */
  migrated: boolean;
}

/** Creates a queue where there is none, and brings an older one up to date. */
export async function prepareDatabase(location: string, options: DatabaseOptions = {}): Promise<Prepared> {
  let [created, migrated] = [false, false];
  if (isPostgres(location)) {
    const { migratePostgres } = await import('./postgres-create.js');
    const before = await migratePostgres(location, options);
    created = before === 0;
    migrated = !created && before < PROGRAM;
  } else {
    created = !fileExists(location);
  }
  const database = await openDatabase(location, options);
  await database.close();
  return { location: database.location, created, migrated };
}
