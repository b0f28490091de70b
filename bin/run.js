#!/usr/bin/env node
// Starts queuectl by the shortest way: the version and plain enqueues do without the command framework.
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { homedir, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const argv = process.argv.slice(2);
const require = module.createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v') && !release().includes('microsoft')) {
  const { name, version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`);
} else {
  // Never in the shared temporary folder, which is Node's default: whoever owns the cache can run code as us.
  module.enableCompileCache?.(`${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/queuectl/compiled`);
  const fast = argv[0] === 'enqueue' && !process.env.QUEUECTL_NO_FAST;
  const handled = fast && (await require('../dist/enqueue-fast.cjs').enqueueFast(argv.slice(1)));
  if (!handled) await (await import('../dist/main.js')).main(argv, root);
}
