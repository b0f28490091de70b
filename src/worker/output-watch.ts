// Looks at the output files of running attempts: keeps them under their cap, and notices a full disk.
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { punchHole } from '../process/punch-hole.js';
import { type Gap, NEVER_CUT, readGap, writeGap } from '../storage/output-gap.js';

/** `yes` prints a gigabyte a second. */
const LOOK_EVERY_MS = 250;
/** While something prints so fast that it had to be cut. */
const LOOK_SOON_MS = 50;
const BLOCK = 4096;
/** So many blocks are kept back for others by some file systems, or cannot be had in one piece. */
const FULL_BYTES = 64 * 1024;

export class OutputWatch {
  #timer: NodeJS.Timeout | undefined;
  #refused = false;
  readonly #full = new Set<string>();

  /**
   * @param running files that are being written; none ends the watch until it is begun anew
   * @param cap bytes; 0 is none
   * @param uncapped told once why outputs cannot be cut
   */
  constructor(
    private readonly running: () => string[],
    private readonly cap: () => number,
    private readonly uncapped: (why: string) => void,
  ) {}

  /** One timer for all attempts, and none while nothing runs. */
  begin(): void {
    this.#timer ??= setTimeout(() => void this.#look(), LOOK_EVERY_MS);
  }

  /** The last look at an output, whose writer has ended. @returns the part that is cut */
  async finish(file: string, size: number): Promise<{ gap: Gap | undefined; wasFull: boolean }> {
    const wasFull = this.#full.delete(file) || isAtFullDisk(file, size);
    const [cap, half] = [this.cap(), this.#half()];
    if (cap > 0 && size > cap) await this.#cut(file, { from: half, to: blockBefore(size - half) });
    return { gap: size > NEVER_CUT ? readGap(file) : undefined, wasFull };
  }

  async #look(): Promise<void> {
    const files = this.running();
    for (const file of this.#full) if (!files.includes(file)) this.#full.delete(file);
    let fast = false;
    for (const file of files) {
      const size = sizeOf(file);
      if (isAtFullDisk(file, size)) this.#full.add(file);
      if (await this.#capped(file, size)) fast = true;
    }
    this.#timer = undefined;
    if (files.length > 0) this.#timer = setTimeout(() => void this.#look(), fast ? LOOK_SOON_MS : LOOK_EVERY_MS);
  }

  /** A quarter more than the cap is let be, so that a slow writer is not cut at every look. @returns whether it was cut */
  async #capped(file: string, size: number): Promise<boolean> {
    const [cap, half] = [this.cap(), this.#half()];
    if (cap === 0 || size <= cap) return false;
    const gap = readGap(file);
    if (size - (gap ? gap.to - gap.from : 0) < cap * 1.25) return false;
    return this.#cut(file, { from: half, to: blockBefore(size - half) });
  }

  /** The bounds are told before the bytes go: a reader that saw none of them has read what was printed. */
  async #cut(file: string, wanted: Gap): Promise<boolean> {
    if (this.#refused) return false;
    const before = readGap(file);
    const gap = { from: Math.min(wanted.from, before?.from ?? wanted.from), to: Math.max(wanted.to, before?.to ?? 0) };
    if (gap.to <= gap.from) return false;
    const told = this.#tell(file, gap);
    try {
      await punchHole(file, gap.from, gap.to);
      if (!told) writeGap(file, gap);
      return true;
    } catch (error) {
      this.#tell(file, before);
      if (sizeOf(file) === 0) return false; // the job has removed it
      this.#refused = true;
      this.uncapped((error as Error).message);
      return false;
    }
  }

  /** On a full disk there is room for it once the hole is there. */
  #tell(file: string, gap: Gap | undefined): boolean {
    try {
      writeGap(file, gap);
      return true;
    } catch {
      return false;
    }
  }

  #half(): number {
    return blockBefore(this.cap() / 2);
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0; // not there yet, or not for us
  }
}

function blockBefore(position: number): number {
  return Math.floor(position / BLOCK) * BLOCK;
}

/**
 * A job that meets a full disk is told so, and nobody else; but the last write that fitted filled a block. So an output
 * that ends elsewhere lost nothing; of one that ends there, on a disk that is full, nobody can know.
 */
function isAtFullDisk(file: string, size: number): boolean {
  if (size % BLOCK !== 0) return false;
  try {
    const { bsize, bavail, bfree } = statfsSync(dirname(file));
    return bsize * (process.getuid?.() === 0 ? bfree : bavail) < FULL_BYTES;
  } catch {
    return false;
  }
}
