// Whether an SQLite file is whole, as SQLite itself sees it. Nothing is written, and what opening refuses is looked at too.
import { existsSync, statSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseBusy, StorageFault } from '../errors.js';
import { storageError } from './sqlite-error.js';
import { fileExists } from './sqlite-file.js';

const PATIENCE_MS = 10_000;
const MOST_TOLD = 20;

export interface FileState {
  bytes: number;
  walBytes: number;
  /** What is wrong with it, in SQLite's words; nothing is. */
  damage: string[];
}

/**
 * @param quick leaves out whether indexes agree with their tables, which takes most of the time
 * @throws StorageFault for what is no file of a database, DatabaseBusy
 */
export function checkFile(location: string, quick: boolean): FileState {
  if (!fileExists(location))
    throw new StorageFault(`there is no database ${location}`, ['queuectl db init creates one']);
  const wal = `${location}-wal`;
  const sizes = { bytes: statSync(location).size, walBytes: existsSync(wal) ? statSync(wal).size : 0 };
  return { ...sizes, damage: damageOf(location, quick) };
}

function damageOf(location: string, quick: boolean): string[] {
  let file: BetterSqlite3.Database | undefined;
  try {
    file = new BetterSqlite3(location, { readonly: true, fileMustExist: true, timeout: PATIENCE_MS });
    const said = file.pragma(`${quick ? 'quick' : 'integrity'}_check(${MOST_TOLD})`) as Record<string, string>[];
    const lines = said.flatMap((row) => Object.values(row));
    return lines.length === 1 && lines[0] === 'ok' ? [] : lines.flatMap((line) => line.split('\n'));
  } catch (error) {
    const known = storageError(error, location);
    if (known instanceof DatabaseBusy || !(known instanceof StorageFault)) throw known;
    return [known.message];
  } finally {
    file?.close();
  }
}
