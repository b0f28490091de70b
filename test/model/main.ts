// `npm run model -- --runs N --seed S --backend postgres`: the model-based test by command, as many sequences as wanted.
import { parseArgs } from 'node:util';
import { newSchema, PostgresServer } from '../postgres-server.js';
import { checkModel } from './check.js';
import { openModelFile, openModelStore } from './open.js';

const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' }, backend: { type: 'string', default: 'sqlite' } },
});
const runs = Number(values.runs ?? 10_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(runs > 0) || !Number.isInteger(seed) || !['sqlite', 'postgres'].includes(values.backend))
  throw new Error('usage: npm run model -- [--runs N] [--seed S] [--backend sqlite|postgres]');

console.log(`seed ${seed}`);
const server = values.backend === 'postgres' ? await PostgresServer.start() : undefined;
try {
  const open = server ? () => openModelStore(newSchema(server.url).url) : openModelFile;
  console.log(JSON.stringify(await checkModel(open, runs, seed)));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await server?.remove();
}
