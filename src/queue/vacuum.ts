// db vacuum: gives the room of removed jobs back to the disk. Nobody can write meanwhile.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conflict, StorageFault } from '../errors.js';
import { diskOf } from '../storage/disk.js';
import { roomIn, vacuum } from '../storage/vacuum.js';
import { onlyFile } from './only-file.js';
import type { Queue } from './queue.js';

export interface Vacuumed {
  /** Bytes of the file. */
  before: number;
  after: number;
}

/** @param force also while workers live, which then wait. @throws BadInput on PostgreSQL, Conflict, StorageFault */
export async function vacuumQueue(queue: Queue, force: boolean): Promise<Vacuumed> {
  const file = onlyFile(queue, 'vacuumed', 'vacuumdb does that; autovacuum does it by itself');
  const workers = (await queue.workerViews()).filter(({ gone }) => !gone);
  if (workers.length > 0 && !force) {
    throw new Conflict('workers use the queue, and nobody can write while it is vacuumed', [
      'queuectl worker stop',
      'or --force: they wait, and other commands may say that the database is busy',
    ]);
  }
  const before = await roomIn(queue.database);
  const needed = before.bytes - before.freeBytes;
  // SQLite writes the new content to a temporary file first, and from there to the WAL beside the old one.
  for (const folder of [process.env.SQLITE_TMPDIR ?? tmpdir(), file]) {
    const disk = diskOf(folder === file ? file : join(folder, 'file'));
    if (disk && disk.freeBytes < needed) {
      throw new StorageFault(`too little room on the disk of ${folder}: ${needed} bytes are needed`, [
        'make room, or set SQLITE_TMPDIR to a folder on another disk',
      ]);
    }
  }
  await vacuum(queue.database);
  return { before: before.bytes, after: (await roomIn(queue.database)).bytes };
}
