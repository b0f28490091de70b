// The file on this side: written as a part, and given its name when it is whole and on the disk.
import { open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure } from './failure.js';

/** Finds out before the transfer what would be in the way after it. @param {string} target */
export async function checkTarget(target) {
  const folder = dirname(target);
  if (!(await find(folder))?.isDirectory()) throw failure('NoFolder', `there is no folder ${folder}`, { retry: false });
  if ((await find(target))?.isDirectory()) throw failure('IsFolder', `${target} is a folder`, { retry: false });
  return target;
}

/**
 * @param {Response} response
 * @param {object} options
 * @param {string} options.file
 * @param {number} options.begin bytes of the file that stay as they are
 * @param {number | null} options.size of the whole file, where it is known
 * @param {(done: number) => void} options.progress
 */
export async function writePart(response, { file, begin, size, progress }) {
  const handle = await open(file, begin > 0 ? 'a' : 'w');
  try {
    let written = begin;
    for await (const chunk of response.body ?? []) {
      await handle.writeFile(chunk);
      written += chunk.length;
      if (size) progress(written / size);
    }
  } finally {
    await handle.close();
  }
}

/** Zero when there is no file. @param {string} file */
export async function sizeOf(file) {
  return (await find(file))?.size ?? 0;
}

/** @param {string} part @param {string} target */
export async function publish(part, target) {
  if (await find(part)) await rename(part, target);
  // Else an earlier attempt has come this far, and ended before it could say so.
  else if (!(await find(target)))
    throw failure('PartLost', `somebody has removed ${part}; enqueue it anew`, { retry: false });
  await sync(dirname(target));
}

/** Onto the disk. @param {string} path of a file or a folder */
export async function sync(path) {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** @param {string} path */
async function find(path) {
  try {
    return await stat(path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    throw error;
  }
}
