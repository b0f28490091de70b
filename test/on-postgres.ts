// With QUEUECTL_TEST_BACKEND=postgres the sandboxes of all tests have their queues on a real PostgreSQL.
import { execFileSync } from 'node:child_process';
import { beforeAll } from 'vitest';
import { newSchema, startPostgres } from './postgres.js';
import { PROGRAM, useServer } from './sandbox.js';

beforeAll(async () => {
  const base = await startPostgres();
  useServer(() => {
    const { url } = newSchema(base);
    execFileSync(process.execPath, [PROGRAM, 'db', 'init', '--db', url], { stdio: 'ignore' });
    return url;
  });
});
