// Writes lines, of JSON mostly: to standard output as its reader takes them, or into a file that is whole when it is there.
import { once } from 'node:events';
import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CannotCreate, Conflict } from './errors.js';

const AT_ONCE = 1 << 18;

/** @returns when all has been handed over */
export async function writeLines(lines: AsyncIterable<object>, stream: NodeJS.WriteStream): Promise<void> {
  await writeTexts(asJson(lines), stream);
}

/** Likewise, lines as they are. */
export async function writeTexts(lines: Iterable<string> | AsyncIterable<string>, stream: NodeJS.WriteStream) {
  for await (const text of chunks(lines)) if (!stream.write(text)) await once(stream, 'drain');
}

/**
 * Readable by this user alone, and on the disk when this returns. It is written beside its place and put there in the end.
 * @param force replaces what is there. @throws Conflict
 */
export async function writeLinesTo(file: string, lines: AsyncIterable<object>, force: boolean): Promise<void> {
  const taken = () => new Conflict(`${file} is there already`, ['--force replaces it']);
  if (!force && existsSync(file)) throw taken();
  const beside = `${file}.${process.pid}.part`;
  const handle = await open(beside, 'wx', 0o600).catch((error: Error) => {
    throw new CannotCreate(`cannot create ${file}: ${error.message}`, ['check the path and its permissions'], error);
  });
  try {
    for await (const text of chunks(asJson(lines))) await handle.writeFile(text);
    await handle.sync();
    if (force) renameSync(beside, file);
    else linkSync(beside, file); // fails where a rename would replace
    await syncFolder(dirname(file));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken() : error;
  } finally {
    await handle.close();
    rmSync(beside, { force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(path);
    await folder.sync();
  } catch {
    // not every file system can, and the file itself is safe
  } finally {
    await folder?.close();
  }
}

async function* asJson(lines: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const line of lines) yield JSON.stringify(line);
}

async function* chunks(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const line of lines) {
    text += `${line}\n`;
    if (text.length < AT_ONCE) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
