// SQLite queues in temporary folders.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Backend } from './backend.js';
import { openBackend } from './open-backend.js';

/** A folder that goes when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openSqliteBackend(): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  return openBackend(join(folder, 'queue.db'), { remove: () => rmSync(folder, { recursive: true, force: true }) });
}
