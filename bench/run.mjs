// `npm run bench -- SECTION`: measures what is built in dist, beside goals. It judges nothing: a missed goal exits 0.
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inPlace } from './place.mjs';

const SECTIONS = {
  start: async (options) => (await import('./start.mjs')).start(options),
  engine: async (options) => (await import('./engine.mjs')).engine(options),
  many: async (options) => (await import('./many.mjs')).many(options),
  postgres: async (options) => (await withPeers(() => import('./postgres.mjs'))).postgres(options),
  web: async (options) => inPlace(options, async (place) => (await import('./web.mjs')).web(place, options)),
  types: async (options) => (await withPeers(() => import('./types.mjs'))).types(options),
};

const USAGE = `npm run bench -- start  [--rounds 25] [--rows 1000000] [--as-is]   how long commands take
npm run bench -- engine [--rounds 7] [--jobs 5000] [--samples 300] [--idle 30]   what workers can do
npm run bench -- many   [--rows 1000000]                                       as many jobs on standard input
npm run bench -- postgres [--rounds 5] [--samples 300]                         the same queue on a server, beside peers
npm run bench -- web   [--rounds 25] [--rows 1000000]                          the dashboard over many jobs, and watching a busy queue
npm run bench -- types [--rounds 5]                                            many small jobs of a type of one's own`;

async function main() {
  const [section, options] = readLine();
  if (!existsSync(fileURLToPath(new URL('../dist/.built', import.meta.url)))) {
    throw new Error('nothing is built yet: npm run build');
  }
  if (process.platform !== 'linux') throw new Error('it reads /proc, and so runs on Linux alone');
  const machine = `Node ${process.versions.node}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`;
  console.log(`${section}: ${machine}, ${new Date().toISOString().slice(0, 10)}`);
  console.log('Compare ratios, not milliseconds. A load near the number of cores, or a wide min–max: run it again.');
  await SECTIONS[section](options);
  console.log(`\nload at the end: ${loadavg()[0].toFixed(1)}`);
}

/** @param load of a section that compares with other packages */
function withPeers(load) {
  if (!existsSync(fileURLToPath(new URL('node_modules', import.meta.url)))) {
    throw new Error('what it compares with is not installed yet: npm --prefix bench ci');
  }
  return load();
}

function readLine() {
  const number = (fallback) => ({ type: 'string', default: String(fallback) });
  const wanted = { rounds: { type: 'string' }, rows: number(1_000_000), jobs: number(5000), samples: number(300) };
  const more = { idle: number(30), 'as-is': { type: 'boolean', default: false } };
  const parsed = parseArgs({ allowPositionals: true, options: { ...wanted, ...more } });
  const { 'as-is': asIs, ...numbers } = parsed.values;
  const [section, ...rest] = parsed.positionals;
  if (!Object.hasOwn(SECTIONS, section ?? '') || rest.length > 0) throw new Error(USAGE);
  const options = Object.entries(numbers).map(([name, text]) => [name, positive(name, text)]);
  return [section, { ...Object.fromEntries(options), asIs }];
}

function positive(name, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number above 0, not ${text}`);
  return value;
}

try {
  await main();
} catch (error) {
  console.error(process.env.QUEUECTL_DEBUG ? error : `bench: ${error.message}`);
  process.exitCode = 1;
}
