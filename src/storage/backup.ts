// Copies an SQLite queue while it is in use, and makes a queue of its own of the copy.
import { randomUUID } from 'node:crypto';
import BetterSqlite3 from 'better-sqlite3';
import { IN_WORKER } from './claims.js';
import { storageError } from './sqlite-error.js';
import { createSqliteFile, type Taken } from './sqlite-file.js';

const PATIENCE_MS = 10_000;
/** Between them the program reports and others have their turn: 4 MB. */
const PAGES_AT_ONCE = 1000;

export interface BackedUp {
  jobs: number;
  /** They were running: in the copy they are to run again. */
  running: number;
  /** Attempts whose whole output lies in a file beside the queue; head and tail are in the copy. */
  outputsBeside: number;
}

/**
 * @param onProgress is told pages
 * @throws Conflict, StorageFault
 */
export async function backupSqlite(
  location: string,
  to: string,
  taken: Taken,
  onProgress: (done: number, of: number) => void,
): Promise<BackedUp> {
  let told: BackedUp | undefined;
  const build = async (temporary: string) => {
    try {
      await copy(location, temporary, onProgress);
      told = detach(temporary);
    } catch (error) {
      throw storageError(error, location);
    }
  };
  await createSqliteFile(to, build, taken);
  return told!;
}

/** A read that stays open: else each commit of another program would begin the copy anew. */
async function copy(location: string, to: string, onProgress: (done: number, of: number) => void): Promise<void> {
  const source = new BetterSqlite3(location, { readonly: true, fileMustExist: true, timeout: PATIENCE_MS });
  try {
    source.exec('begin');
    source.prepare('select name from settings limit 1').get();
    await source.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress(totalPages - remainingPages, totalPages);
        return PAGES_AT_ONCE;
      },
    });
  } finally {
    source.close();
  }
}

/**
 * The workers and running jobs in the copy are those of the original, and may live on. Whoever opens it must not end, follow
 * or find them: it is another store, its workers are over, and what ran there goes back into its queue as never begun.
 */
function detach(file: string): BackedUp {
  const copied = new BetterSqlite3(file);
  const count = (text: string) => copied.prepare(text).pluck().get() as number;
  try {
    copied.exec('begin immediate');
    copied.prepare(`update settings set value = ? where name = 'store.id'`).run(randomUUID());
    copied.prepare('update workers set ended_at = ?, lease_until = 0 where ended_at is null').run(Date.now());
    copied
      .prepare(
        `update attempts set runner = ? where exists (select 1 from jobs where jobs.number = attempts.job
          and jobs.attempt = attempts.attempt and jobs.state = 'processing')`,
      )
      .run(IN_WORKER);
    copied.exec(`delete from pools`);
    copied.exec('commit');
    const told = {
      jobs: count('select count(*) from jobs'),
      running: count(`select count(*) from jobs where state = 'processing'`),
      outputsBeside: count('select count(*) from attempts where output_file is not null'),
    };
    copied.pragma('wal_checkpoint(TRUNCATE)');
    return told;
  } finally {
    copied.close();
  }
}
