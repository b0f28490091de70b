// Queues on PostgreSQL for the contract, each in a schema of its own, with a clock that stands still.
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import { newPostgresQueue } from '../postgres.js';
import type { Backend } from './backend.js';
import { START } from './temporary-queue.js';

/** @param base the database, else that of all tests */
export async function openPostgresBackend(base?: string): Promise<Backend> {
  const { url, remove } = newPostgresQueue(base);
  let now = START;
  const options = { clock: () => now };
  await prepareDatabase(url, options);
  const connect = () => openDatabase(url, options);
  const database = await connect();
  return {
    database,
    connect,
    advance: (ms) => {
      now += ms;
    },
    close: async () => {
      await database.close();
      await remove();
    },
  };
}
