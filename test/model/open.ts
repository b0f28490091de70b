// Stores for many short sequences: nothing of them is to survive.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../storage/backend.js';
import { openBackend } from '../storage/open-backend.js';

export function openModelStore(location: string, remove?: () => void): Promise<Backend> {
  return openBackend(location, { durability: 'normal', remove });
}

/** In memory, where there is such a folder. */
export function openModelFile(): Promise<Backend> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'queuectl-test-'));
  return openModelStore(join(folder, 'queue.db'), () => rmSync(folder, { recursive: true, force: true }));
}
