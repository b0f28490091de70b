// `npm run torture -- --kills N --seed S --backend postgres`: a campaign by command, of any length.
import { parseArgs } from 'node:util';
import { newQueue, PostgresServer } from '../postgres-server.js';
import { useServer } from '../sandbox.js';
import { runCampaign } from './campaign.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string' },
    seed: { type: 'string' },
    'workers-only': { type: 'boolean' },
    backend: { type: 'string', default: 'sqlite' },
  },
});
const workersOnly = values['workers-only'] ?? false;
const kills = Number(values.kills ?? 300);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
if (!(kills > 0) || !Number.isInteger(seed) || !['sqlite', 'postgres'].includes(values.backend))
  throw new Error('usage: npm run torture -- [--kills N] [--seed S] [--workers-only] [--backend sqlite|postgres]');

const server = values.backend === 'postgres' ? await PostgresServer.start() : undefined;
if (server) useServer(() => newQueue(server.url));

console.log(`seed ${seed}`);
const { violations, strikes, ...figures } = await runCampaign({
  kills,
  seed,
  workersOnly,
  say: (line) => console.log(line),
});
console.log(
  Object.entries({ ...figures, ...strikes, violations: violations.length })
    .map(([name, n]) => `${name} ${n}`)
    .join('\n'),
);
if (violations.length > 0) {
  console.error(
    `${violations.join('\n')}\nrepeat: npm run torture -- --kills ${kills} --seed ${seed} --backend ${values.backend}${workersOnly ? ' --workers-only' : ''}`,
  );
  process.exitCode = 1;
}
await server?.remove();
