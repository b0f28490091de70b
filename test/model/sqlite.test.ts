// The model-based test on SQLite. `npm run model` runs it with other seeds.
import { expect, onTestFinished, test } from 'vitest';
import { runActors } from './actors.js';
import { checkModel } from './check.js';
import { openModelFile } from './open.js';

const SEED = Number(process.env.MODEL_SEED ?? 1);

test('F63 whatever workers and people do, in any order, the queue is as the model says', async () => {
  const { sequences } = await checkModel(openModelFile, 10_000, SEED);
  expect(sequences).toBe(10_000);
}, 900_000);

test('F63 three actors at once leave nothing impossible', async () => {
  const backend = await openModelFile();
  onTestFinished(() => backend.close());
  expect(await runActors(backend, 100, SEED)).toEqual([]);
}, 300_000);
