// One PostgreSQL for the whole run of the tests; or the one that QUEUECTL_TEST_PG names.
import type { TestProject } from 'vitest/node';
import { PostgresServer } from './postgres-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a database that all tests share; a queue has a schema of its own in it. */
    postgres: string;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.QUEUECTL_TEST_PG;
  if (given) {
    project.provide('postgres', given);
    return async () => {};
  }
  const server = await PostgresServer.start();
  project.provide('postgres', server.url);
  return () => server.remove();
}
