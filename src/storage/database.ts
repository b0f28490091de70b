// A database that is open: hands out Kysely, transactions and the clock. And where it is found.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Kysely, Transaction } from 'kysely';
import { BadInput } from '../errors.js';
import type { StoreDialect } from './dialect.js';
import type { Tables } from './schema.js';
import { touchWakeFile, watchWakeFile } from './wake-file.js';

export interface DatabaseOptions {
  /** The clock of an SQLite queue, epoch ms; tests inject another. */
  clock?: () => number;
  /** How long to wait for another program's write lock, ms. */
  patienceMs?: number;
  /** Overrides the durability that is stored with the queue. */
  durability?: string;
}

/** Either the database itself or a transaction in it. */
export type Executor = Kysely<Tables>;

export class Database {
  constructor(
    readonly kysely: Kysely<Tables>,
    readonly dialect: StoreDialect,
    /** Path of the file. */
    readonly location: string,
    /** Notices when the file was replaced under a long-lived program. Throws StorageFault. */
    readonly checkStillThere: () => void,
  ) {}

  /** The folder of outputs, logs, state files and the wake file, beside the database. */
  get filesFolder(): string {
    return `${this.location}.files`;
  }

  /** Tells workers, after a commit, that there is something to do. */
  wake(): void {
    touchWakeFile(this.filesFolder);
  }

  /** Calls back whenever someone says that there is something to do. @returns ends it */
  onWake(callback: () => void): () => void {
    return watchWakeFile(this.filesFolder, callback);
  }

  /** Differs from what it was before once another program has committed something. */
  async changeMark(): Promise<unknown> {
    const { rows } = await this.kysely.executeQuery(this.dialect.changeMark);
    return rows[0]?.mark;
  }

  get now() {
    return this.dialect.now();
  }

  transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.kysely.transaction().execute(work);
  }

  async close(): Promise<void> {
    await this.kysely.destroy();
  }
}

/**
 * Where the queue lives: what was given, else QUEUECTL_DB, else the XDG data folder.
 * @returns an absolute path
 */
export function locateDatabase(given: string | undefined, env: NodeJS.ProcessEnv): string {
  const named = given ?? env.QUEUECTL_DB;
  if (named === '') throw new BadInput('the path of the database is empty', ['give --db a path']);
  if (named?.startsWith('postgres')) {
    throw new BadInput('PostgreSQL is not supported yet', ['give --db or QUEUECTL_DB the path of a file']);
  }
  if (named !== undefined) return resolve(named);
  const data = env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(homedir(), '.local', 'share');
  return join(data, 'queuectl', 'queue.db');
}
