// Whether the right bytes have arrived, and are on the disk. Wrong ones are removed.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { failure } from './failure.js';
import { sizeOf, sync } from './part.js';

/**
 * @param {import('./fetch-part.js').FetchedPart} fetched
 * @param {string | undefined} expected
 * @param {AbortSignal} signal
 */
export async function verify({ file, size, resumed }, expected, signal) {
  await sync(file);
  const bytes = await sizeOf(file);
  if (size !== null && bytes !== size) {
    await rm(file);
    throw failure('WrongSize', `${bytes} bytes have arrived, and ${size} were announced`);
  }
  const sha256 = await sha256Of(file, signal);
  if (expected === undefined || sha256 === expected) return { file, bytes, sha256 };
  await rm(file);
  // Pieces may not fit together, and are fetched again. What came in one piece is what the server has.
  throw failure('ChecksumMismatch', `its SHA-256 is ${sha256}, not ${expected}`, { retry: resumed });
}

/** @param {string} file @param {AbortSignal} signal */
async function sha256Of(file, signal) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20, signal })) hash.update(chunk);
  return hash.digest('hex');
}
