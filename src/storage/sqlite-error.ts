// What SQLite reports, as errors that tell the user what is wrong and what to do next.
import { CannotCreate, DatabaseBusy, QueuectlError, StorageFault } from '../errors.js';

/** @returns the same error when it is ours, a unique violation (its caller knows what it means) or a bug */
export function storageError(error: unknown, file: string): unknown {
  if (error instanceof QueuectlError) return error;
  const code = String((error as { code?: unknown } | undefined)?.code ?? '');
  const said = error instanceof Error ? error.message : String(error);
  if (code.startsWith('SQLITE_BUSY')) return new DatabaseBusy(0, error);
  if (code.startsWith('SQLITE_CORRUPT')) {
    return new StorageFault(
      `the database ${file} is damaged: ${said}`,
      [
        'queuectl db check tells what is wrong',
        'queuectl db salvage NEW_FILE saves what can be read; or restore a backup. Keep the file',
      ],
      error,
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new StorageFault(
      `${file} is not a queuectl database`,
      [
        'name another path with --db or QUEUECTL_DB',
        'if it was one, queuectl db salvage NEW_FILE saves what can be read',
      ],
      error,
    );
  }
  // The index of the WAL is a file of its own, whose growth fails otherwise.
  if (code.startsWith('SQLITE_FULL') || code === 'SQLITE_IOERR_SHMSIZE') {
    return new StorageFault(`the disk of ${file} is full`, ['make room; nothing that was acknowledged is lost'], error);
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_PERM') || code.startsWith('SQLITE_CANTOPEN')) {
    return new CannotCreate(
      `cannot open ${file} for writing: ${said}`,
      ['check its owner and mode, and those of its folder'],
      error,
    );
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new StorageFault(`cannot read or write ${file}: ${said}`, ['check the disk and its mount'], error);
  }
  return error;
}
