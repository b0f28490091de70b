// Runs `sh -c true` so many times, two at once, and prints how long it took, ms. With a folder: a new output file each.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

const [, , jobs, folder] = process.argv;
let left = Number(jobs);

function run() {
  const output = folder ? openSync(join(folder, String(left)), 'wx', 0o600) : 'ignore';
  const child = spawn('/bin/sh', ['-c', 'true'], { detached: folder !== '', stdio: ['ignore', output, output] });
  if (folder) closeSync(output);
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
}

async function slot() {
  while (left-- > 0) await run();
}

const startedAt = performance.now();
await Promise.all([slot(), slot()]);
console.log(performance.now() - startedAt);
