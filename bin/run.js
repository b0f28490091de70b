#!/usr/bin/env node
// Starts queuectl by the shortest way: the version and plain enqueues do without the command framework.
// CommonJS (see package.json beside it): a Node that never loads its ES module loader starts 5 ms sooner.
const { readFileSync } = require('node:fs');
const { release } = require('node:os');
const { dirname } = require('node:path');

const argv = process.argv.slice(2);
const root = dirname(__dirname);

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-v') && !release().includes('microsoft')) {
  const { name, version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`);
} else {
  start();
}

async function start() {
  const load = require('./load.js');
  if (argv[0] === 'complete-words') return (await import('../dist/complete.js')).completeWords(argv.slice(1), root);
  const fast = argv[0] === 'enqueue' && !process.env.QUEUECTL_NO_FAST;
  const handled = fast && (await load('enqueue-fast').enqueueFast(argv.slice(1)));
  if (!handled) await load('cli').main(argv, root);
}
