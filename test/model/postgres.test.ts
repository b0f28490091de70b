// The model-based test on PostgreSQL, shorter: each step costs ten times as much. `npm run model -- --backend postgres` runs more.
import { expect, inject, test } from 'vitest';
import { newSchema } from '../postgres-server.js';
import { checkModel } from './check.js';
import { openModelStore } from './open.js';

const SEED = Number(process.env.MODEL_SEED ?? 1);

test('F63 whatever workers and people do, in any order, the queue is as the model says', async () => {
  const open = () => openModelStore(newSchema(inject('postgres')).url);
  const { sequences } = await checkModel(open, 500, SEED);
  expect(sequences).toBe(500);
}, 900_000);
