// Stores for many short sequences: nothing of them is to survive, and their clock moves by hand.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import type { Backend } from '../storage/backend.js';
import { START } from '../storage/temporary-queue.js';

export async function openModelStore(location: string, remove = () => {}): Promise<Backend> {
  let now = START;
  const options = { clock: () => now, durability: 'normal' };
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
      remove();
    },
  };
}

/** In memory, where there is such a folder. */
export function openModelFile(): Promise<Backend> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'queuectl-test-'));
  return openModelStore(join(folder, 'queue.db'), () => rmSync(folder, { recursive: true, force: true }));
}
