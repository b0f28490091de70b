// SQLite queues in temporary folders, and the clock that they go by.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../src/storage/open-database.js';
import type { Backend } from './backend.js';

/** Any moment, and not on the minute: 2026-01-01T00:00:12.345Z. */
export const START = Date.UTC(2026, 0, 1, 0, 0, 12, 345);

/** A folder that goes when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openSqliteBackend(): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  const location = join(folder, 'queue.db');
  let now = START;
  const connect = () => openDatabase(location, { clock: () => now });
  const database = await connect();
  return {
    database,
    connect,
    advance: (ms) => {
      now += ms;
    },
    close: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
