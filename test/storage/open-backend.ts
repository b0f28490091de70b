// Opens a store for the contract or the model: empty, with a clock that is moved by hand.
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import type { Backend } from './backend.js';

/** Any moment, and not on the minute: 2026-01-01T00:00:12.345Z. */
export const START = Date.UTC(2026, 0, 1, 0, 0, 12, 345);

interface How {
  durability?: 'full' | 'normal';
  /** Called when it is closed. */
  remove?: () => void | Promise<void>;
}

/** @param location the path of a file, or a URL */
export async function openBackend(location: string, { durability, remove }: How = {}): Promise<Backend> {
  let now = START;
  const options = { clock: () => now, ...(durability && { durability }) };
  await prepareDatabase(location, options);
  const connect = () => openDatabase(location, options);
  const database = await connect();
  return {
    database,
    connect,
    advance: (ms) => {
      now += ms;
    },
    close: async () => {
      await database.close();
      await remove?.();
    },
  };
}
