// The one place where the parts are put together.
import { Queue } from './queue/queue.js';
import { readSetting } from './settings.js';
import { type DatabaseOptions, locateDatabase } from './storage/database.js';
import { openDatabase } from './storage/open-database.js';

export interface OpenOptions extends DatabaseOptions {
  /** Path of the queue's file; else QUEUECTL_DB, else the XDG data folder. */
  db?: string;
  env?: NodeJS.ProcessEnv;
}

/** Opens a queue, and creates it when it is not there. Close it when done. */
export async function openQueue({ db, env = process.env, ...options }: OpenOptions = {}): Promise<Queue> {
  const durability = env.QUEUECTL_DURABILITY;
  if (durability !== undefined) readSetting('durability', durability, 'QUEUECTL_DURABILITY');
  const database = await openDatabase(locateDatabase(db, env), { durability, ...options });
  return new Queue(database, env);
}
