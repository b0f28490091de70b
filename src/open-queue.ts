// The one place where the parts are put together.
import { Queue } from './queue/queue.js';
import { readSetting } from './settings.js';
import { type DatabaseOptions, dataFolder, locateDatabase } from './storage/database.js';
import { openDatabase, type Prepared, prepareDatabase } from './storage/open-database.js';

export interface OpenOptions extends DatabaseOptions {
  /** Path of the queue's file, or a postgres:// URL; else QUEUECTL_DB, else the XDG data folder. */
  db?: string;
  env?: NodeJS.ProcessEnv;
}

/** Opens a queue, and creates it when it is not there, but on PostgreSQL. Close it when done. */
export async function openQueue({ db, env = process.env, ...options }: OpenOptions = {}): Promise<Queue> {
  const database = await openDatabase(locateDatabase(db, env), { ...optionsOf(env), ...options });
  return new Queue(database, env);
}

/** Creates a queue where there is none, and brings an older one up to date: on PostgreSQL nothing else does. */
export function prepareQueue(db: string | undefined, env: NodeJS.ProcessEnv): Promise<Prepared> {
  return prepareDatabase(locateDatabase(db, env), optionsOf(env));
}

function optionsOf(env: NodeJS.ProcessEnv): DatabaseOptions {
  const durability = env.QUEUECTL_DURABILITY;
  if (durability !== undefined) readSetting('durability', durability, 'QUEUECTL_DURABILITY');
  return { durability, dataFolder: dataFolder(env), anyFileSystem: env.QUEUECTL_ANY_FILE_SYSTEM === '1' };
}
