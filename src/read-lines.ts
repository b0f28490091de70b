// Reads a text file line by line, however large it is; what comes from standard input is put into a file first.
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BadInput } from './errors.js';

/** Node's own reader of lines also breaks them where JSON does not. @throws BadInput for what is not UTF-8 */
export async function* readLines(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  const text = (bytes: Buffer) => {
    number += 1;
    try {
      return decoder.decode(bytes).replace(/\r$/, '');
    } catch {
      throw new BadInput(`line ${number}: it is not UTF-8`);
    }
  };
  let begun: Buffer[] = [];
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      yield text(Buffer.concat([...begun, chunk.subarray(from, end)]));
      begun = [];
      from = end + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield text(Buffer.concat(begun));
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
