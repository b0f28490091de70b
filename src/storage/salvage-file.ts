// Puts what can be read of a damaged queue into a new file, which appears whole or not at all.
import { recount } from './recount.js';
import { type Salvaged, salvage } from './salvage.js';
import { connect, setJournal } from './sqlite.js';
import { prepareNew } from './sqlite-create.js';
import { createSqliteFile } from './sqlite-file.js';

/** @throws Conflict where there is a file already */
export async function salvageFile(
  from: string,
  to: string,
  onProgress: (page: number, of: number) => void,
): Promise<Salvaged> {
  let salvaged: Salvaged | undefined;
  const build = async (temporary: string) => {
    await prepareNew(temporary, {});
    salvaged = await salvage(from, temporary, onProgress);
    const { database, raw } = connect(temporary, {});
    try {
      await setJournal(database.kysely);
      await recount(database);
      raw.pragma('wal_checkpoint(TRUNCATE)');
    } finally {
      await database.close();
    }
  };
  await createSqliteFile(to, build, 'refuse');
  return salvaged!;
}
