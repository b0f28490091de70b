// The sandboxes of the tests that run once more on PostgreSQL have their queues there.
import { beforeAll, beforeEach, inject } from 'vitest';
import { prepareDatabase } from '../src/storage/open-database.js';
import { newQueue, newSchema } from './postgres-server.js';
import { useServer } from './sandbox.js';

const base = inject('postgres');
/** Made here, a queue costs a tenth of what a program of its own takes for it. */
let ready: string | undefined;

async function makeReady(): Promise<void> {
  if (ready) return;
  const { url } = newSchema(base);
  await prepareDatabase(url);
  ready = url;
}

beforeAll(makeReady);
beforeEach(makeReady);

useServer(() => {
  const url = ready ?? newQueue(base);
  ready = undefined;
  return url;
});
