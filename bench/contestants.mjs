// What shell jobs a second are compared with: xargs, task-spooler, and Node's own spawn. Each gives its jobs a second.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const XARGS_WITH_FILES = 'xargs -P2, a file each';

/** Each job that waits is a process there, and a connection of which it allows 1,000. */
const SPOOLED = 300;

/** @param jobs how many, two at a time @returns functions by name */
export function contestants(place, jobs) {
  const folder = place.path('files');
  const fresh = (work) => async () => {
    mkdirSync(folder, { recursive: true });
    try {
      return await work();
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const sh = async (line) => jobs / (await seconds('sh', ['-c', line], { env: place.env, cwd: folder }));
  const found = {
    [XARGS_WITH_FILES]: fresh(() => sh(`seq ${jobs} | xargs -P2 -n1 sh -c 'true >"$0" 2>&1'`)),
    'xargs -P2': fresh(() => sh(`seq ${jobs} | xargs -P2 -n1 sh -c true`)),
    'Node spawn, 2 at once': fresh(() => spawner(jobs)),
    'Node spawn, a file each': fresh(() => spawner(jobs, folder)),
  };
  if (spawnSync('tsp', ['-V'], { stdio: 'ignore' }).error) console.log('task-spooler (tsp) is not installed');
  else found['task-spooler, 2 slots'] = fresh(() => spooler(folder, place.env));
  return found;
}

/** In a process of its own: what spawn costs grows with the memory of its caller. */
function spawner(jobs, folder = '') {
  const argv = [fileURLToPath(new URL('spawner.mjs', import.meta.url)), String(jobs), folder];
  return jobs / (Number(execFileSync(process.execPath, argv, { encoding: 'utf8' })) / 1000);
}

/** Draining alone: all jobs are queued behind two that wait. Its output files are made as by default. */
async function spooler(folder, own) {
  const env = { ...own, TS_SOCKET: join(folder, 'socket'), TS_MAXFINISHED: '10', TMPDIR: folder };
  const tsp = (...argv) => execFileSync('tsp', argv, { env, cwd: folder, encoding: 'utf8' });
  tsp('-S', '2');
  try {
    for (let slot = 0; slot < 2; slot++) tsp('sh', '-c', 'until [ -e go ] || [ ! -e socket ]; do sleep 0.01; done');
    const enqueue = `i=0; while [ $i -lt ${SPOOLED} ]; do tsp sh -c true; i=$((i + 1)); done`;
    execFileSync('sh', ['-c', enqueue], { env, cwd: folder, stdio: 'ignore' });
    const startedAt = performance.now();
    writeFileSync(join(folder, 'go'), '');
    while (/\b(queued|running)\b/.test(tsp('-l'))) await new Promise((resolve) => setTimeout(resolve, 20));
    return SPOOLED / ((performance.now() - startedAt) / 1000);
  } finally {
    tsp('-K');
  }
}

function seconds(program, argv, options) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(program, argv, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve((performance.now() - startedAt) / 1000);
      else reject(new Error(`${argv.join(' ')} ended with ${code}`));
    });
  });
}
