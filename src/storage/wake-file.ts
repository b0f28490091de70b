// The wake files: one byte written after a commit wakes whoever of this machine watches the file. Workers watch `wake`: there is
// something to do. Who looks at jobs watches `news`: something has changed.
// Measured: p50 0.4 ms, p99 1.1 ms, 0 of 300 missed; watching the WAL or the folder missed up to 49 of 300.
import { closeSync, constants, existsSync, mkdirSync, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Wakes } from './database.js';

const BYTE = Buffer.from('w');

/** @param folder of the queue's files */
export function wakeFilesIn(folder: string): Wakes {
  const wake = join(folder, 'wake');
  const news = join(folder, 'news');
  return {
    ring: () => touch(wake),
    listen: (callback) => watchFile(wake, callback),
    tell: () => touch(news),
    watch: (callback) => watchNews(folder, news, callback),
    close: async () => {},
  };
}

/** Without the file nobody has ever waited here, and there is nobody to wake. */
function touch(file: string): void {
  if (!existsSync(file)) return; // an open that fails costs seven times as much
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_WRONLY | constants.O_NOFOLLOW);
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

/** @param file its folder exists already */
function watchFile(file: string, callback: () => void): () => void {
  closeSync(openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  const watcher = watch(file, { persistent: false }, callback);
  watcher.on('error', () => watcher.close()); // the poll interval remains
  return () => watcher.close();
}

/** Who only looks may come before any worker, or may not write there, or find no watch left: then it looks by itself. */
function watchNews(folder: string, file: string, callback: () => void): () => void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return watchFile(file, callback);
  } catch {
    return () => {};
  }
}
