// db backup: a copy of the queue while it is in use.
import { resolve } from 'node:path';
import { type BackedUp, backupSqlite } from '../storage/backup.js';
import { onlyFile } from './only-file.js';
import type { Queue } from './queue.js';

export type { BackedUp };

/** @throws BadInput on PostgreSQL, Conflict where the file is there, CannotCreate, StorageFault */
export function backup(
  queue: Queue,
  to: string,
  force: boolean,
  onProgress: (done: number, of: number) => void,
): Promise<BackedUp> {
  const file = onlyFile(queue, 'backed up', 'pg_dump --schema=SCHEMA --file=FILE DATABASE; see docs/postgres.md');
  return backupSqlite(file, resolve(to), force ? 'replace' : 'refuse', onProgress);
}
