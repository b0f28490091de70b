// Opens a database by its path. What creates and migrates it is loaded only when there is something to do.
import type { Database, DatabaseOptions } from './database.js';
import { openCurrent } from './sqlite.js';

export async function openDatabase(location: string, options: DatabaseOptions = {}): Promise<Database> {
  const current = await openCurrent(location, options);
  if (current) return current;
  const { openOrCreate } = await import('./sqlite-create.js');
  return openOrCreate(location, options);
}
