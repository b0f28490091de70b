// A place to measure in: a temporary folder with a home and queues of its own, which is gone afterwards.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openQueue } from '../dist/index.js';

export const PROGRAM = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const OURS = /^(QUEUECTL_|XDG_|npm_)/;
/** Some make each start slower (NODE_EXTRA_CA_CERTS: 40 ms), `node -e 0` too, and so any ratio better than it is. */
const OURS_AND_NODES = /^(QUEUECTL_|XDG_|npm_|NODE_)/;
const TMPFS = 0x01021994;

/**
 * @param options asIs keeps the variables of the caller that change how Node starts
 * @param work is given the place; whatever it started or wrote there is ended and removed
 */
export async function inPlace({ asIs }, work) {
  const place = new Place(mkdtempSync(join(tmpdir(), 'queuectl-bench-')), asIs ? OURS : OURS_AND_NODES);
  const interrupted = (signal) => {
    place.clear();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  if (statfsSync(place.folder).type === TMPFS) {
    console.log(`${tmpdir()} is memory, where a sync costs nothing: TMPDIR=/var/tmp measures a disk`);
  }
  try {
    await work(place);
  } finally {
    place.clear();
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

class Place {
  #worked = new Set();
  #made = 0;

  constructor(folder, foreign) {
    this.folder = folder;
    mkdirSync(join(folder, 'home'));
    const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    this.env = { ...Object.fromEntries(kept), HOME: join(folder, 'home') };
  }

  path(name) {
    return join(this.folder, name);
  }

  /** Of a database that is not there yet. */
  fresh(name) {
    return this.path(`${name}-${++this.#made}.db`);
  }

  /** An environment whose queue is this one: a file of the place, or what a URL names. */
  on(name) {
    return { ...this.env, QUEUECTL_DB: name.includes('://') ? name : this.path(`${name}.db`) };
  }

  /** Opened as a program would; close it. */
  open(name) {
    return openQueue({ env: this.on(name) });
  }

  /** Runs the command line. @returns what it printed */
  queuectl(name, ...argv) {
    return execFileSync(process.execPath, [PROGRAM, ...argv], {
      env: this.on(name),
      cwd: this.folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  }

  /** @returns the pids of workers that are ready */
  async startWorkers(name, count, concurrency = 1) {
    this.#worked.add(name);
    const argv = ['worker', 'start', '--json', '--count', String(count), '--concurrency', String(concurrency)];
    const options = { env: this.on(name), cwd: this.folder };
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...argv], options);
    return JSON.parse(stdout).workers.map(({ pid }) => pid);
  }

  clear() {
    for (const name of this.#worked) {
      const options = { env: this.on(name), stdio: 'ignore', timeout: 30_000 };
      spawnSync(process.execPath, [PROGRAM, 'worker', 'stop', '--now'], options);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
