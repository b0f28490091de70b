// Reads an output file, which may be growing, and whose middle may be cut while it is read.
import { type FileHandle, open } from 'node:fs/promises';
import { NEVER_CUT, readGap } from '../storage/output-gap.js';

const CHUNK = 65_536;
const NEWLINE = 10;

/** What comes next: bytes of the job, or how many are cut at this place. */
export type Part = { bytes: Buffer } | { cutBytes: number };

export class OutputFile {
  /** Where reading goes on. */
  #at = 0;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** @param lines begins with the last so many; null is the whole. @returns undefined when there is no such file */
  static async open(path: string, lines: number | null): Promise<OutputFile | undefined> {
    const handle = await open(path).catch(() => undefined);
    if (!handle) return undefined;
    const file = new OutputFile(path, handle);
    if (lines !== null) await file.#seekLines(lines);
    return file;
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** What there is from here on, up to the present end: who prints faster than we read is not waited for. */
  async *rest(): AsyncGenerator<Part> {
    const { size } = await this.handle.stat();
    while (this.#at < size) {
      const part = await this.#next();
      if (!part) return;
      yield part;
    }
  }

  /** The gap is looked at after reading: its bounds are written before its bytes go. */
  async #next(): Promise<Part | undefined> {
    const bytes = await this.#read(this.#at);
    const gap = this.#at + bytes.length > NEVER_CUT ? readGap(this.path) : undefined;
    if (gap && this.#at < gap.to && this.#at + bytes.length > gap.from) {
      if (this.#at < gap.from) {
        const whole = bytes.subarray(0, gap.from - this.#at);
        this.#at = gap.from;
        return { bytes: whole };
      }
      const cutBytes = gap.to - this.#at;
      this.#at = gap.to;
      return { cutBytes };
    }
    if (bytes.length === 0) return undefined;
    this.#at += bytes.length;
    return { bytes };
  }

  /** Goes to where the last lines begin, or to the end of the gap if that comes first. The end of the file may lack its newline. */
  async #seekLines(lines: number): Promise<void> {
    const { size } = await this.handle.stat();
    this.#at = size;
    if (lines === 0) return;
    const { to: start } = readGap(this.path) ?? { to: 0 };
    let wanted = lines;
    for (let end = size; end > start; ) {
      const from = Math.max(start, end - CHUNK);
      const bytes = (await this.#read(from)).subarray(0, end - from);
      const found = beginningOfLines(end === size ? withoutLast(bytes) : bytes, wanted);
      if ('at' in found) {
        this.#at = from + found.at;
        return;
      }
      wanted -= found.newlines;
      end = from;
    }
    this.#at = start;
  }

  async #read(position: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(CHUNK), 0, CHUNK, position);
    return buffer.subarray(0, bytesRead);
  }
}

/** The last lines of what is there whole. */
export function lastLines(bytes: Buffer, lines: number): Buffer {
  if (lines === 0) return Buffer.alloc(0);
  const found = beginningOfLines(withoutLast(bytes), lines);
  return 'at' in found ? bytes.subarray(found.at) : bytes;
}

/** A newline at the very end ends the last line and begins none. */
function withoutLast(bytes: Buffer): Buffer {
  return bytes.at(-1) === NEWLINE ? bytes.subarray(0, -1) : bytes;
}

function beginningOfLines(bytes: Buffer, lines: number): { at: number } | { newlines: number } {
  let newlines = 0;
  for (let at = bytes.lastIndexOf(NEWLINE); at !== -1; at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1)) {
    newlines += 1;
    if (newlines === lines) return { at: at + 1 };
  }
  return { newlines };
}
