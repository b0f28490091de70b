// Queues on PostgreSQL for the contract, each in a schema of its own.
import { newPostgresQueue } from '../postgres.js';
import type { Backend } from './backend.js';
import { openBackend } from './open-backend.js';

/** @param base the database, else that of all tests */
export function openPostgresBackend(base?: string): Promise<Backend> {
  const { url, remove } = newPostgresQueue(base);
  return openBackend(url, { remove });
}
