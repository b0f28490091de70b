// Opens an SQLite queue that is there: refuses what is not one, and sets the pragmas in order.
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import BetterSqlite3 from 'better-sqlite3';
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import { CannotCreate, SchemaMismatch, StorageFault } from '../errors.js';
import { Database, type DatabaseOptions } from './database.js';
import { sqliteDialect } from './dialect.js';
import { checkFileSystem } from './disk.js';
import type { Tables } from './schema.js';
import { BUSY_TIMEOUT_MS, SqliteDriver } from './sqlite-driver.js';
import { storageError } from './sqlite-error.js';
import { fileExists } from './sqlite-file.js';
import { PROGRAM, readStoreFacts } from './store-facts.js';
import { wakeFilesIn } from './wake-file.js';

const PATIENCE_MS = 10_000;

/** Before it, a reset of the WAL could lose commits (F20; sqlite.org, "WAL-reset bug"). */
const OLDEST_SQLITE = [3, 51, 3] as const;

/**
 * Opens a queue as it is: nothing is created or migrated.
 * @returns undefined when it is not there, or its schema is older than this program's
 */
export async function openCurrent(location: string, options: DatabaseOptions = {}): Promise<Database | undefined> {
  checkDriver();
  checkSqliteVersion();
  if (!options.anyFileSystem) checkFileSystem(location);
  if (!fileExists(location)) return undefined;
  const { database } = connect(location, options);
  try {
    const facts = await readStoreFacts(database); // before anything is written: what is not ours stays as it is
    if (facts.oldestProgram > PROGRAM) {
      throw new SchemaMismatch(`the queue ${location} was changed by a newer queuectl`, [
        'update this one: npm install -g queuectl',
      ]);
    }
    const durability = options.durability ?? facts.durability;
    await setJournal(database.kysely, durability === 'normal' ? 'normal' : 'full');
    if (facts.program >= PROGRAM) return database; // a newer program may have added what this one leaves alone
  } catch (error) {
    await database.close();
    throw error;
  }
  await database.close();
  return undefined;
}

/** As statements of the driver, since another program may hold the lock: one that closes the file last, or recovers it. */
export async function setJournal(kysely: Kysely<Tables>, synchronous: 'full' | 'normal' = 'full'): Promise<void> {
  await sql`pragma journal_mode = wal`.execute(kysely);
  // After WAL, and by name: the driver is built to fall back to NORMAL in WAL mode, which loses acknowledged commits.
  await sql`pragma synchronous = ${sql.raw(synchronous)}`.execute(kysely);
}

interface Connected {
  database: Database;
  raw: BetterSqlite3.Database;
}

export function connect(location: string, options: DatabaseOptions): Connected {
  const clock = options.clock ?? Date.now;
  let raw: BetterSqlite3.Database;
  try {
    raw = new BetterSqlite3(location, { timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw storageError(error, location);
  }
  const dialect = sqliteDialect();
  const driver = new SqliteDriver(raw, { file: location, clock, patienceMs: options.patienceMs ?? PATIENCE_MS });
  const kysely = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new TransactionalAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  const filesFolder = `${location}.files`;
  const place = {
    location,
    address: location,
    file: location,
    filesFolder,
    oneMachine: true,
    wakes: wakeFilesIn(filesFolder),
    facts: async () => (await import('./sqlite-facts.js')).sqliteFacts(kysely, location),
    checkStillThere: watchReplacement(location),
    persistently: <T>(work: () => Promise<T>) => work(), // the driver waits for the lock before anything is read
  };
  return { database: new Database(kysely, dialect, place), raw };
}

/** Kysely's migrator then runs all migrations and its look at what ran before in one IMMEDIATE transaction. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function watchReplacement(location: string): () => void {
  const opened = statSync(location);
  return () => {
    const now = statSync(location, { throwIfNoEntry: false });
    if (now?.ino === opened.ino && now.dev === opened.dev) return;
    throw new StorageFault(`the database ${location} was ${now ? 'replaced' : 'removed'} while it was in use`, [
      'stop the workers before the file is moved or restored',
    ]);
  };
}

/** Driver 13 needs Node-API 10; on an older Node it ends the process by a segmentation fault, which cannot be caught. */
function checkDriver(): void {
  if (Number(process.versions.napi) >= 10) return;
  const { version: driver } = createRequire(import.meta.url)('better-sqlite3/package.json') as { version: string };
  if (Number(driver.split('.')[0]) >= 13) {
    throw new CannotCreate(`better-sqlite3 ${driver} does not run on Node ${process.versions.node}`, [
      'npm install -g queuectl again with this Node, or use Node 22.14 or newer',
    ]);
  }
}

/** Asked in memory: of a file, even this question waits for whoever has it locked. */
function checkSqliteVersion(): void {
  const memory = new BetterSqlite3(':memory:');
  const { version } = memory.prepare('select sqlite_version() as version').get() as { version: string };
  memory.close();
  const parts = version.split('.').map(Number);
  for (const [index, oldest] of OLDEST_SQLITE.entries()) {
    if (parts[index]! > oldest) return;
    if (parts[index]! < oldest) {
      throw new CannotCreate(`SQLite ${version} is too old: before ${OLDEST_SQLITE.join('.')} it can lose commits`, [
        'reinstall queuectl so that npm brings a newer better-sqlite3',
      ]);
    }
  }
}
