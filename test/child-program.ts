// Runs a TypeScript file of the tests as a process of its own.
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

/** Of the project; the same for a test program that was bundled into `.tmp`. */
export const ROOT = join(import.meta.dirname, '..');

/** @returns the path of a program that `node` can run */
export async function buildProgram(source: string): Promise<string> {
  const outfile = join(ROOT, '.tmp', `${basename(source, '.ts')}-${process.pid}.mjs`);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return outfile;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export function run(command: string, args: string[], options: SpawnOptions = {}): Promise<Ended> {
  return endOf(spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] }));
}

export function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
