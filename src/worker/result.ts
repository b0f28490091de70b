// What a job says of itself: the text that it wrote to the path in QUEUECTL_RESULT_FILE.
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const LARGEST_RESULT = 1024 * 1024;

export interface FoundResult {
  result: string | null;
  /** Why what lies there is none. */
  problem: string | null;
}

const NONE: FoundResult = { result: null, problem: null };

/** The file is the job's to make: nothing but a plain file of text is taken, and no pipe waited for. */
export function readResult(file: string): FoundResult {
  if (!existsSync(file)) return NONE; // most jobs; an open that fails costs six times as much
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refused(code === 'ELOOP' ? 'it is a symbolic link' : message);
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return refused('it is not a plain file');
    if (stats.size > LARGEST_RESULT) return refused('it is larger than 1 MiB');
    const bytes = Buffer.alloc(stats.size);
    const text = bytes.subarray(0, readSync(descriptor, bytes, 0, stats.size, 0));
    if (!isUtf8(text)) return refused('it is not UTF-8 text');
    if (text.includes(0)) return refused('it holds a NUL byte');
    return { result: text.toString('utf8'), problem: null };
  } catch (error) {
    return refused((error as Error).message);
  } finally {
    closeSync(descriptor);
  }
}

function refused(why: string): FoundResult {
  return { result: null, problem: `result not taken: ${why}` };
}
