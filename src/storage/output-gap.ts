// Which part of an output file was cut to keep it under its cap: a hole in the file, whose bounds stand in a small file
// beside it. Whoever reads the output goes by that, whatever the cap was or is.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gapName } from './files.js';

/** Bytes of the file from `from` up to `to`, which is not cut. */
export interface Gap {
  from: number;
  to: number;
}

/** Nothing is cut from the first so many bytes of any output. */
export const NEVER_CUT = 64 * 1024;

/** @returns undefined for an output that is whole */
export function readGap(output: string): Gap | undefined {
  try {
    const [from, to] = readFileSync(gapName(output), 'latin1').split(' ').map(Number);
    return Number.isSafeInteger(from) && Number.isSafeInteger(to) ? { from: from!, to: to! } : undefined;
  } catch {
    return undefined;
  }
}

/** At once or not at all. @param gap undefined takes it back. @throws when there is no room on the disk */
export function writeGap(output: string, gap: Gap | undefined): void {
  const file = gapName(output);
  if (gap === undefined) {
    rmSync(file, { force: true });
    return;
  }
  writeFileSync(`${file}.new`, `${gap.from} ${gap.to}`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
