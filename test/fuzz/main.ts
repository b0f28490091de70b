// `npm run fuzz -- --runs N --seed S --backend postgres`: random command lines by command, as many as wanted.
import { parseArgs } from 'node:util';
import { newQueue, PostgresServer } from '../postgres-server.js';
import { useServer } from '../sandbox.js';
import { runFuzz } from './campaign.js';

const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' }, backend: { type: 'string', default: 'sqlite' } },
});
const runs = Number(values.runs ?? 20_000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
if (!(runs > 0) || !Number.isInteger(seed) || !['sqlite', 'postgres'].includes(values.backend))
  throw new Error('usage: npm run fuzz -- [--runs N] [--seed S] [--backend sqlite|postgres]');

const server = values.backend === 'postgres' ? await PostgresServer.start() : undefined;
if (server) useServer(() => newQueue(server.url));

console.log(`seed ${seed}`);
const { failures, codes, ...figures } = await runFuzz({ runs, seed, say: (line) => console.log(line) });
for (const failure of failures) console.error(failure);
console.log(JSON.stringify({ ...figures, codes, failures: failures.length }));
if (failures.length > 0) process.exitCode = 1;
await server?.remove();
