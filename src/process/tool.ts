// Asks another program what it has to say, when it is there.
import { execFileSync } from 'node:child_process';

const PATIENCE_MS = 3000;

/** @returns its standard output; undefined when it is not there, or fails */
export function outputOf(command: string, args: readonly string[]): string | undefined {
  try {
    const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'ignore'];
    return execFileSync(command, args, { encoding: 'utf8', timeout: PATIENCE_MS, stdio }).trim();
  } catch {
    return undefined;
  }
}
