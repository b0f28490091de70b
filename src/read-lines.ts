// Reads text line by line, however much it is; what comes from standard input is put into a file first.
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BadInput } from './errors.js';
import { atLine } from './queue/line-error.js';

/** @throws BadInput for what is not UTF-8 */
export async function* readLines(file: string): AsyncGenerator<string> {
  let number = 0;
  for await (const bytes of splitLines(createReadStream(file, { highWaterMark: 1 << 20 }))) {
    number += 1;
    try {
      yield utf8(bytes).replace(/\r$/, '');
    } catch (error) {
      throw atLine(number, error);
    }
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws BadInput for what is not UTF-8 */
export function utf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BadInput('it is not UTF-8');
  }
}

/**
 * Node's own reader of lines also breaks them where JSON does not.
 * @param end the byte that ends a line
 * @param longest of longer lines the rest is dropped, but for a byte more
 */
export async function* splitLines(
  source: AsyncIterable<Buffer>,
  end = 10,
  longest = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  let length = 0;
  const add = (part: Buffer) => {
    const room = part.subarray(0, Math.max(0, longest + 1 - length));
    if (room.length > 0) begun.push(room);
    length += part.length;
  };
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(end); at !== -1; at = chunk.indexOf(end, from)) {
      add(chunk.subarray(from, at));
      yield begun.length === 1 ? begun[0]! : Buffer.concat(begun);
      [begun, length] = [[], 0];
      from = at + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  }
  if (length > 0) yield Buffer.concat(begun);
}

/** Makes a file of standard input that only this user can read, for as long as it is used. */
export async function withStdinFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'queuectl-'));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clean); // a signal leaves no way back
  try {
    const file = join(folder, 'stdin');
    await pipeline(process.stdin, createWriteStream(file, { mode: 0o600, flags: 'wx' }));
    return await use(file);
  } finally {
    clean();
    process.off('exit', clean);
  }
}
