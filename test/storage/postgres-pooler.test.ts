// Behind a pooler that gives each transaction another session, PostgreSQL passes the same contract (F57).
import { afterAll, beforeAll, inject, test } from 'vitest';
import { PGBOUNCER, type Pooler, poolerBefore } from '../pooler.js';
import { storageContract } from './contract.js';
import { openPostgresBackend } from './postgres-queue.js';

if (PGBOUNCER) {
  let pooler: Pooler;
  beforeAll(async () => {
    pooler = await poolerBefore(inject('postgres'));
  });
  afterAll(() => pooler.stop());
  storageContract('F57 PostgreSQL behind pgbouncer', () => openPostgresBackend(pooler.url));
} else {
  test('F57 PostgreSQL behind pgbouncer', ({ skip }) => skip('pgbouncer is not installed'));
}
