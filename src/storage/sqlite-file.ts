// The database file itself: what is refused, and how a new one appears whole or not at all.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CannotCreate, Conflict, StorageFault } from '../errors.js';

/** @throws StorageFault for what cannot be a queue: a folder, a link, an empty file */
export function fileExists(location: string): boolean {
  let stat: ReturnType<typeof lstatSync>;
  try {
    stat = lstatSync(location);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR')
      throw new CannotCreate(`${dirname(location)} is not a folder`, ['name another path with --db']);
    throw new StorageFault(
      `cannot look at ${location}: ${(error as Error).message}`,
      ['check the mode of its folder'],
      error,
    );
  }
  if (stat.isDirectory())
    throw new StorageFault(`${location} is a folder, not a database`, ['name a file with --db or QUEUECTL_DB']);
  if (stat.isSymbolicLink()) throw new StorageFault(`${location} is a symbolic link`, ['name the file it points to']);
  if (!stat.isFile()) throw new StorageFault(`${location} is not a regular file`, ['name another path with --db']);
  if (stat.size === 0) {
    throw new StorageFault(
      `the database ${location} is empty (0 bytes): its jobs are gone, and it is not taken for a new queue`,
      ['restore a backup, or move the file away to begin a new queue'],
    );
  }
  return true;
}

/** What to do when a file of that name is there in the end: use it, say so, or put the new one in its place. */
export type Taken = 'keep' | 'refuse' | 'replace';

/**
 * Builds the database under a temporary name and links it into place.
 * @param build fills the temporary file and closes it
 * @throws Conflict where the name is taken and that was not foreseen
 */
export async function createSqliteFile(
  location: string,
  build: (temporary: string) => Promise<void>,
  taken: Taken = 'keep',
): Promise<void> {
  if (taken !== 'keep') checkFree(location, taken);
  const folder = dirname(location);
  const temporary = join(folder, `.${basename(location)}.${process.pid}.${randomBytes(6).toString('hex')}.new`);
  try {
    makeFolder(folder);
    // SQLite gives the WAL and its index the mode of the file it finds, whatever the umask.
    closeSync(openSync(temporary, 'wx', 0o600));
  } catch (error) {
    throw new CannotCreate(
      `cannot create ${location}: ${(error as Error).message}`,
      ['name another path with --db or QUEUECTL_DB'],
      error,
    );
  }
  try {
    await build(temporary);
    sync(temporary);
    if (taken === 'replace') renameSync(temporary, location);
    else link(temporary, location, taken);
    sync(folder);
  } finally {
    for (const suffix of ['', '-wal', '-shm']) removeQuietly(temporary + suffix);
  }
}

/** Node's own recursive mkdir never ends where a folder is there but takes no other, as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
    sync(dirname(folder)); // else a power loss could take the folder, and acknowledged jobs with it
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A WAL that belongs to another file would be taken for this one's. */
function checkFree(location: string, taken: Taken): void {
  if (taken === 'refuse' && existsSync(location)) throw isTaken(location);
  if (existsSync(`${location}-wal`)) {
    throw new Conflict(`${location} is a database that somebody uses`, ['name another file']);
  }
}

function isTaken(location: string): Conflict {
  return new Conflict(`${location} is there already`, ['--force replaces it']);
}

function link(temporary: string, location: string, taken: Taken): void {
  try {
    linkSync(temporary, location);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      if (taken === 'keep') return;
      throw isTaken(location);
    }
    throw new CannotCreate(`cannot create ${location}: ${(error as Error).message}`, [], error);
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never there: SQLite removes its own side files when the last connection closes.
  }
}
