// The model-based test on PostgreSQL, shorter: each step costs ten times as much. `npm run model -- --backend postgres` runs more.
import { expect, inject, onTestFinished, test } from 'vitest';
import { newSchema } from '../postgres-server.js';
import { runActors } from './actors.js';
import { checkModel } from './check.js';
import { openModelStore } from './open.js';

const SEED = Number(process.env.MODEL_SEED ?? 1);

test('F63 whatever workers and people do, in any order, the queue is as the model says', async () => {
  const open = () => openModelStore(newSchema(inject('postgres')).url);
  const { sequences } = await checkModel(open, 500, SEED);
  expect(sequences).toBe(500);
}, 900_000);

test('F63 three actors at once leave nothing impossible', async () => {
  const backend = await openModelStore(newSchema(inject('postgres')).url);
  onTestFinished(() => backend.close());
  expect(await runActors(backend, 100, SEED)).toEqual([]);
}, 300_000);
