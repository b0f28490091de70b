// The main job on a queue of its own, in a temporary folder: compresses and checksums this repository's files.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { checkRequest, openQueue } from '../dist/index.js';
import { showProgress } from './demo-progress.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'queuectl-demo-'));
const out = join(folder, 'out');
// Variables of a real queue must not reach the one of the demonstration.
for (const name of Object.keys(process.env)) if (name.startsWith('QUEUECTL_')) delete process.env[name];
process.env.QUEUECTL_DB = join(folder, 'queue.db');
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => (interrupted = true));

const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

/** Each job, and the state in which it must end. */
function jobs() {
  const named = (file) => basename(file).replaceAll(/[^\w.-]/g, '_');
  const compress = files.map((file, index) => ({
    request: {
      id: `compress-${index}-${named(file)}`,
      queue: 'compress',
      priority: Math.min(1000, Math.round(readFileSync(file).length / 100)), // the long ones first
      argv: ['sh', '-c', 'gzip -9 -n -c "$1" > "$2"', 'sh', file, join(out, `${index}.gz`)],
    },
    ends: 'completed',
  }));
  const checksum = files.map((file, index) => ({
    request: { id: `checksum-${index}-${named(file)}`, queue: 'checksum', argv: ['cksum', file] },
    ends: 'completed',
  }));
  return [
    ...compress,
    ...checksum,
    {
      request: {
        id: 'fails-twice',
        command: 'echo "try $QUEUECTL_TRY of $QUEUECTL_MAX_TRIES"; test "$QUEUECTL_TRY" -ge 3',
        backoff_base: 0.7,
      },
      ends: 'completed',
    },
    {
      request: { id: 'always-fails', command: 'echo no luck >&2; exit 3', max_retries: 1, backoff_base: 0.7 },
      ends: 'dead',
    },
    { request: { id: 'delayed', command: 'date', delay: '3s' }, ends: 'completed' },
  ];
}

function queuectl(...args) {
  const { status } = spawnSync(process.execPath, [join(root, 'bin/run.js'), ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`queuectl ${args.join(' ')} left with exit code ${status}`);
}

async function work(queue) {
  const wanted = jobs();
  console.log(
    `$ queuectl enqueue …    ${wanted.length} jobs: ${files.length} files to compress and to checksum, and three odd ones`,
  );
  await queue.enqueue(wanted.map(({ request }) => checkRequest(request)));
  console.log('$ queuectl worker start --count 2 --concurrency 2');
  queuectl('worker', 'start', '--count', '2', '--concurrency', '2');
  await showProgress(queue, wanted.length, () => interrupted);
  if (interrupted) throw new Error('interrupted');
  console.log('$ queuectl status');
  queuectl('status');
  const problems = [...(await wrongEnds(queue, wanted)), ...wrongFiles()];
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

async function wrongEnds(queue, wanted) {
  const problems = [];
  for (const { request, ends } of wanted) {
    const job = await queue.job(request.id);
    if (job.state !== ends) problems.push(`${request.id} is ${job.state}, not ${ends}`);
  }
  const { attempts } = await queue.details('fails-twice');
  if (attempts.length !== 3) problems.push(`fails-twice took ${attempts.length} attempts, not 3`);
  return problems;
}

function wrongFiles() {
  const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
  return files
    .filter((file, index) => hash(gunzipSync(readFileSync(join(out, `${index}.gz`)))) !== hash(readFileSync(file)))
    .map((file) => `${file} was not compressed to what it is`);
}

async function main() {
  mkdirSync(out);
  const queue = await openQueue();
  try {
    await work(queue);
    console.log('\nEvery job ended as it should. Try next, on a queue of your own:\n');
    console.log('  npm install -g .');
    console.log('  queuectl enqueue -- echo hello');
    console.log('  queuectl worker start\n');
  } finally {
    spawnSync(process.execPath, [join(root, 'bin/run.js'), 'worker', 'stop', '--now'], { stdio: 'ignore' });
    await queue.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`queuectl: the demonstration failed: ${error.message}`);
  process.exitCode = interrupted ? 130 : 1;
}
