// Reads the pages of an SQLite file without SQLite, which refuses a damaged one. What its WAL has committed counts.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** https://www.sqlite.org/fileformat2.html */
const MAGIC = 'SQLite format 3\0';
const DEFAULT_PAGE_BYTES = 4096;
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const WAL_BIG_ENDIAN = 0x377f0683;
const WAL_LITTLE_ENDIAN = 0x377f0682;

export class DamagedFile {
  readonly pageBytes: number;
  /** What of a page holds content. */
  readonly usableBytes: number;
  /** Whole pages, those that only the WAL has included. */
  readonly pages: number;
  readonly #file: number;
  readonly #wal: number | undefined;
  /** Where in the WAL the newest committed content of a page stands. */
  readonly #inWal: Map<number, number>;

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#wal = existsSync(`${path}-wal`) ? openSync(`${path}-wal`, 'r') : undefined;
    const header = readAt(this.#file, 0, 100) ?? Buffer.alloc(100);
    const said = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    const whole = header.toString('latin1', 0, 16) === MAGIC && said >= 512 && (said & (said - 1)) === 0;
    this.pageBytes = whole ? said : DEFAULT_PAGE_BYTES;
    this.usableBytes = this.pageBytes - (whole ? header[20]! : 0);
    this.#inWal = this.#wal === undefined ? new Map() : committedPages(this.#wal, this.pageBytes);
    const inFile = Math.floor(fstatSync(this.#file).size / this.pageBytes);
    this.pages = [...this.#inWal.keys()].reduce((most, page) => Math.max(most, page), inFile);
  }

  /** @returns undefined where the file has no such page */
  page(number: number): Buffer | undefined {
    const inWal = this.#inWal.get(number);
    if (inWal !== undefined) return readAt(this.#wal!, inWal, this.pageBytes);
    if (number < 1 || number > this.pages) return undefined;
    return readAt(this.#file, (number - 1) * this.pageBytes, this.pageBytes);
  }

  /** Pages that hold nothing any more, though their old content may stand there. Undefined when that is not to be known. */
  freePages(): Set<number> | undefined {
    const first = this.page(1);
    if (first?.toString('latin1', 0, 16) !== MAGIC) return undefined;
    const [trunkStart, count] = [first.readUInt32BE(32), first.readUInt32BE(36)];
    const free = new Set<number>();
    for (let trunk = trunkStart; trunk !== 0; ) {
      const page = this.page(trunk);
      if (!page || free.has(trunk)) return undefined;
      free.add(trunk);
      const leaves = page.readUInt32BE(4);
      if (leaves > this.usableBytes / 4 - 2) return undefined;
      for (let n = 0; n < leaves; n++) free.add(page.readUInt32BE(8 + 4 * n));
      trunk = page.readUInt32BE(0);
    }
    return free.size === count ? free : undefined;
  }

  close(): void {
    closeSync(this.#file);
    if (this.#wal !== undefined) closeSync(this.#wal);
  }
}

function readAt(descriptor: number, at: number, bytes: number): Buffer | undefined {
  const buffer = Buffer.alloc(bytes);
  return readSync(descriptor, buffer, 0, bytes, at) === bytes ? buffer : undefined;
}

/** Up to the last whole commit. Frames of the time before the WAL was begun anew have another salt, torn ones another sum. */
function committedPages(wal: number, pageBytes: number): Map<number, number> {
  const committed = new Map<number, number>();
  const header = readAt(wal, 0, WAL_HEADER_BYTES);
  const magic = header?.readUInt32BE(0);
  if (!header || (magic !== WAL_BIG_ENDIAN && magic !== WAL_LITTLE_ENDIAN)) return committed;
  if (header.readUInt32BE(8) !== pageBytes) return committed;
  const sum = new Checksum(magic === WAL_BIG_ENDIAN);
  sum.add(header.subarray(0, 24));
  const open = new Map<number, number>();
  for (let at = WAL_HEADER_BYTES; ; at += FRAME_HEADER_BYTES + pageBytes) {
    const frame = readAt(wal, at, FRAME_HEADER_BYTES + pageBytes);
    if (!frame?.subarray(8, 16).equals(header.subarray(16, 24))) return committed;
    sum.add(frame.subarray(0, 8));
    sum.add(frame.subarray(FRAME_HEADER_BYTES));
    if (!sum.is(frame.readUInt32BE(16), frame.readUInt32BE(20))) return committed;
    open.set(frame.readUInt32BE(0), at + FRAME_HEADER_BYTES);
    if (frame.readUInt32BE(4) === 0) continue;
    for (const [page, where] of open) committed.set(page, where);
    open.clear();
  }
}

class Checksum {
  #first = 0;
  #second = 0;

  constructor(private readonly bigEndian: boolean) {}

  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 8) {
      this.#first = (this.#first + this.#word(bytes, at) + this.#second) >>> 0;
      this.#second = (this.#second + this.#word(bytes, at + 4) + this.#first) >>> 0;
    }
  }

  is(first: number, second: number): boolean {
    return this.#first === first && this.#second === second;
  }

  #word(bytes: Buffer, at: number): number {
    return this.bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }
}
