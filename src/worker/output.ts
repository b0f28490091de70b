// What an attempt printed: its files while it runs, then a copy in the database, whole when it is short.
import { closeSync, constants, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { DISK_WAS_FULL } from '../job/output-mark.js';
import { type AttemptFiles, gapName, type Stream } from '../storage/files.js';
import type { Ended, StoredOutput } from '../storage/settlements.js';
import type { OutputWatch } from './output-watch.js';
import { readResult } from './result.js';

/** Up to so much is stored whole; of a longer output the first and the last half of it. */
const STORED_BYTES = 64 * 1024;

export interface Collected extends Pick<Ended, 'outputs' | 'outputBytes' | 'outputFile' | 'result' | 'spentFiles'> {
  /** What its reader has to know besides. */
  notes: string[];
}

/** A fresh file: what a died attempt of another queue left under this name is removed, never written to or read. */
export function createOutput(file: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND;
  try {
    return openSync(file, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    for (const left of [file, gapName(file), `${file}.result`, `${file}.end`])
      rmSync(left, { recursive: true, force: true });
    return openSync(file, flags, 0o600);
  }
}

/** @param split whether standard error may have a file of its own */
export async function collect(files: AttemptFiles, split: boolean, watch: OutputWatch): Promise<Collected> {
  const { result, problem } = readResult(files.result);
  const collected: Collected = { outputs: [], outputBytes: null, outputFile: null, result, spentFiles: [], notes: [] };
  if (problem !== null) collected.notes.push(problem);
  if (problem !== null || result !== null) collected.spentFiles.push(basename(files.result));
  await collectStream(files.output, 1, collected, watch);
  if (split) await collectStream(files.errors, 2, collected, watch);
  // The name of an attempt's files, when one of them stays.
  if (collected.outputFile !== null) collected.outputFile = basename(files.output);
  return collected;
}

async function collectStream(file: string, stream: Stream, into: Collected, watch: OutputWatch): Promise<void> {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return; // the attempt never came to printing
  }
  try {
    const { size } = fstatSync(descriptor);
    const { gap, wasFull } = await watch.finish(file, size);
    into.outputBytes = (into.outputBytes ?? 0) + size;
    if (size > 0) into.outputs.push(copyOf(descriptor, stream, size));
    if (size > STORED_BYTES) into.outputFile = file;
    else into.spentFiles.push(basename(file));
    if (gap) into.notes.push(`${gap.to - gap.from} bytes in the middle of ${NAMES[stream]} were cut`);
    if (wasFull && !into.notes.includes(DISK_WAS_FULL)) into.notes.push(DISK_WAS_FULL);
  } finally {
    closeSync(descriptor);
  }
}

const NAMES = { 1: 'its output', 2: 'its standard error' };

function copyOf(descriptor: number, stream: Stream, size: number): StoredOutput {
  if (size <= STORED_BYTES) return { stream, head: readAt(descriptor, 0, size), tail: null, cutBytes: 0 };
  const half = STORED_BYTES / 2;
  return {
    stream,
    head: readAt(descriptor, 0, half),
    tail: readAt(descriptor, size - half, half),
    cutBytes: size - STORED_BYTES,
  };
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  const read = readSync(descriptor, buffer, 0, length, position);
  return buffer.subarray(0, read);
}
