// What an attempt printed: its file while it runs, then a copy in the database, whole when it is short.
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { Ended } from '../storage/settlements.js';

/** Up to so much is stored whole; of a longer output the first and the last half of it. */
const STORED_BYTES = 64 * 1024;

type Collected = Pick<Ended, 'outputs' | 'outputBytes' | 'outputFile'>;

/** A fresh file: what a died attempt of another time left under this name is removed, never written to. */
export function createOutput(file: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
  try {
    return openSync(file, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    unlinkSync(file);
    return openSync(file, flags, 0o600);
  }
}

export function collectOutput(file: string): Collected {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return { outputs: [], outputBytes: null, outputFile: null }; // the attempt never came to printing
  }
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return { outputs: [], outputBytes: 0, outputFile: null };
    if (size <= STORED_BYTES) {
      const head = readAt(descriptor, 0, size);
      return { outputs: [{ stream: 1, head, tail: null, cutBytes: 0 }], outputBytes: size, outputFile: null };
    }
    const half = STORED_BYTES / 2;
    const output = {
      stream: 1 as const,
      head: readAt(descriptor, 0, half),
      tail: readAt(descriptor, size - half, half),
      cutBytes: size - STORED_BYTES,
    };
    return { outputs: [output], outputBytes: size, outputFile: basename(file) };
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  const read = readSync(descriptor, buffer, 0, length, position);
  return buffer.subarray(0, read);
}
