// Runs the real binary the way a stranger's shell would: with nothing in its environment but PATH and an empty home.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const home = mkdtempSync(join(tmpdir(), 'queuectl-home-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

export function queuectl(...argv: string[]): Ended {
  return queuectlWith({}, ...argv);
}

export function queuectlWith(env: NodeJS.ProcessEnv, ...argv: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/run.js'), ...argv], {
    cwd: home,
    env: { PATH: process.env.PATH, HOME: home, ...env },
    encoding: 'utf8',
    input: '',
  });
  return { code: status, out: stdout, err: stderr };
}
