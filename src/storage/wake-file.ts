// The wake file: one byte written to it after a commit wakes the workers of this machine, which watch it.
// Measured: p50 0.4 ms, p99 1.1 ms, 0 of 300 missed; watching the WAL or the folder missed up to 49 of 300.
import { closeSync, constants, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Wakes } from './database.js';

const BYTE = Buffer.from('w');

/** @param folder of the queue's files */
export function wakeFileIn(folder: string): Wakes {
  return {
    ring: () => touchWakeFile(folder),
    listen: (callback) => watchWakeFile(folder, callback),
    close: async () => {},
  };
}

/** Without the file no worker has ever waited here, and there is nobody to wake. */
function touchWakeFile(folder: string): void {
  let descriptor: number;
  try {
    descriptor = openSync(wakeFile(folder), constants.O_WRONLY | constants.O_NOFOLLOW);
  } catch {
    return; // a missed wake-up costs one poll interval; an acknowledged enqueue must not fail for it
  }
  try {
    writeSync(descriptor, BYTE, 0, 1, 0);
  } catch {
    // a full disk: likewise
  } finally {
    closeSync(descriptor);
  }
}

/** @param folder exists already */
function watchWakeFile(folder: string, callback: () => void): () => void {
  const file = wakeFile(folder);
  closeSync(openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  const watcher = watch(file, { persistent: false }, callback);
  watcher.on('error', () => watcher.close()); // the poll interval remains
  return () => watcher.close();
}

function wakeFile(folder: string): string {
  return join(folder, 'wake');
}
