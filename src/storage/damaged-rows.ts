// The rows on a page of a damaged SQLite file: whatever cannot be a row is passed over.
import type { DamagedFile } from './damaged-file.js';

export type Value = null | number | string | Buffer;

export interface FoundRow {
  /** Null in a table without rowids. */
  rowid: number | null;
  values: Value[];
}

/** First byte of a page of a tree: with rowids, or without (and indexes). */
const KINDS = { rowidInner: 0x05, rowidLeaf: 0x0d, keyInner: 0x02, keyLeaf: 0x0a } as const;

const LARGEST_ROW_BYTES = 64 * 1024 * 1024;

interface Page {
  bytes: Buffer;
  kind: number;
  /** Where its cells begin, and how many there should be. */
  cells: number[];
  count: number;
  /** Where its header begins: the first page of the file has another one before it. */
  start: number;
}

/** @returns undefined for what is no page of a tree */
function readPage(file: DamagedFile, number: number): Page | undefined {
  const bytes = file.page(number);
  if (!bytes) return undefined;
  const start = number === 1 ? 100 : 0;
  const kind = bytes[start]!;
  if (!Object.values<number>(KINDS).includes(kind)) return undefined;
  const headerBytes = kind === KINDS.rowidInner || kind === KINDS.keyInner ? 12 : 8;
  const count = bytes.readUInt16BE(start + 3);
  const first = start + headerBytes + 2 * count;
  if (first > file.usableBytes) return undefined;
  const cells: number[] = [];
  for (let n = 0; n < count; n++) {
    const at = bytes.readUInt16BE(start + headerBytes + 2 * n);
    if (at >= first && at < file.usableBytes) cells.push(at);
  }
  return { bytes, kind, cells, count, start };
}

export interface Tree {
  /** Its pages, from the root on; those that cannot be read are not among them. */
  pages: number[];
  /** Pages that should be there and are none of such a tree. */
  broken: number;
}

/** @param seen pages of trees that were walked before; a page is in one tree only */
export function walkTree(file: DamagedFile, root: number, withRowids: boolean, seen: Set<number>): Tree {
  const tree: Tree = { pages: [], broken: 0 };
  const open = [root];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    const page = seen.has(number) ? undefined : readPage(file, number);
    const inner = withRowids ? KINDS.rowidInner : KINDS.keyInner;
    const leaf = withRowids ? KINDS.rowidLeaf : KINDS.keyLeaf;
    if (!page || (page.kind !== inner && page.kind !== leaf)) {
      tree.broken += 1;
      continue;
    }
    seen.add(number);
    tree.pages.push(number);
    if (page.kind !== inner) continue;
    for (const at of page.cells) if (at + 4 <= page.bytes.length) open.push(page.bytes.readUInt32BE(at));
    open.push(page.bytes.readUInt32BE(page.start + 8));
  }
  return tree;
}

/** In a table without rowids the inner pages have rows as well. */
export function rowsOn(file: DamagedFile, number: number): { rows: FoundRow[]; unreadable: number } {
  const page = readPage(file, number);
  if (!page || page.kind === KINDS.rowidInner) return { rows: [], unreadable: 0 };
  const rows = page.cells.flatMap((at) => {
    try {
      return rowAt(file, page, at) ?? [];
    } catch {
      return []; // it points beyond the page
    }
  });
  return { rows, unreadable: page.count - rows.length };
}

function rowAt(file: DamagedFile, { bytes, kind }: Page, cell: number): FoundRow | undefined {
  const [size, afterSize] = varint(bytes, kind === KINDS.keyInner ? cell + 4 : cell);
  if (size > LARGEST_ROW_BYTES) return undefined;
  const [rowid, at] = kind === KINDS.rowidLeaf ? varint(bytes, afterSize) : [null, afterSize];
  const payload = payloadAt(file, bytes, at, size, kind === KINDS.rowidLeaf);
  const values = payload && readRecord(payload);
  return values && { rowid, values };
}

/** What does not fit on its page goes on along a chain of others. */
function payloadAt(file: DamagedFile, page: Buffer, at: number, size: number, isTable: boolean): Buffer | undefined {
  const usable = file.usableBytes;
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (size <= most) return at + size <= usable ? page.subarray(at, at + size) : undefined;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((size - least) % (usable - 4));
  const here = wanted <= most ? wanted : least;
  const parts = [page.subarray(at, at + here)];
  let next = page.readUInt32BE(at + here);
  for (let left = size - here; left > 0; left -= usable - 4) {
    const more = file.page(next);
    if (!more) return undefined;
    parts.push(more.subarray(4, 4 + Math.min(left, usable - 4)));
    next = more.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function readRecord(payload: Buffer): Value[] | undefined {
  const [headerBytes, afterSize] = varint(payload, 0);
  const values: Value[] = [];
  let body = headerBytes;
  let at = afterSize;
  while (at < headerBytes) {
    const [code, next] = varint(payload, at);
    const bytes = bytesOf(code);
    if (bytes === undefined || body + bytes > payload.length) return undefined;
    values.push(valueAs(code, payload.subarray(body, body + bytes)));
    body += bytes;
    at = next;
  }
  return at === headerBytes && body === payload.length ? values : undefined;
}

const NUMBER_BYTES: readonly (number | undefined)[] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

function bytesOf(code: number): number | undefined {
  return code >= 12 ? Math.floor((code - 12) / 2) : NUMBER_BYTES[code];
}

function valueAs(code: number, bytes: Buffer): Value {
  if (code >= 12) return code % 2 === 0 ? Buffer.from(bytes) : bytes.toString('utf8');
  if (code === 0) return null;
  if (code >= 8) return code - 8;
  if (code === 7) return bytes.readDoubleBE();
  return code === 6 ? Number(bytes.readBigInt64BE()) : bytes.readIntBE(0, bytes.length);
}

/** @returns its value, and where it ends. @throws RangeError beyond the page */
function varint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let n = 0; n < 8; n++) {
    const byte = bytes.readUInt8(at + n);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, at + n + 1];
  }
  return [value * 256 + bytes.readUInt8(at + 8), at + 9];
}
