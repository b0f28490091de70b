// Gives back the disk space of a part of a file, whose size stays: others may be writing at its end.
import { execFile } from 'node:child_process';

/**
 * Holes are made of whole blocks, of the page's size on every file system of Linux.
 * @throws an error whose message says what is missing: the program, or the file system's support
 */
export function punchHole(file: string, from: number, to: number): Promise<void> {
  const range = ['--punch-hole', '--offset', String(from), '--length', String(to - from)];
  return new Promise((resolve, reject) => {
    execFile('fallocate', [...range, file], (error, _, stderr) => {
      if (!error) resolve();
      else if (error.code === 'ENOENT') reject(new Error('there is no program fallocate (it comes with util-linux)'));
      else reject(new Error(stderr.trim() || error.message));
    });
  });
}
