// How a script file is run: by its `#!` line, read as the kernel reads it, else by its extension.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { BadInput } from '../errors.js';

/** Linux looks no further for the end of a `#!` line (BINPRM_BUF_SIZE). */
const LONGEST_FIRST_LINE = 256;

const RUNNERS: Record<string, () => string[]> = {
  '.sh': () => ['sh'],
  '.py': () => ['python3'],
  '.js': () => ['node'],
  '.mjs': () => ['node'],
  '.cjs': () => ['node'],
  '.ts': () => (stripsTypes() ? ['node'] : ['npx', 'tsx']),
  '.rb': () => ['ruby'],
  '.pl': () => ['perl'],
};

/** @returns the words that run it, wherever the job's folder is. @throws BadInput */
export function scriptArgv(file: string): string[] {
  const path = resolve(file);
  const firstLine = readFirstLine(path);
  if (firstLine?.startsWith('#!')) {
    const interpreter = interpreterIn(firstLine, file);
    if (interpreter) return [...interpreter, path];
  }
  const runner = RUNNERS[extname(path).toLowerCase()];
  if (runner) return [...runner(), path];
  throw new BadInput(`${file} does not say what runs it: it has no #! line and none of the known extensions`, [
    `known: ${Object.keys(RUNNERS).join(' ')}`,
    `a program is enqueued as: queuectl enqueue -- ${path}`,
  ]);
}

/** @returns undefined when the first line is longer than the kernel would read */
function readFirstLine(path: string): string | undefined {
  const start = Buffer.alloc(LONGEST_FIRST_LINE);
  let length: number;
  try {
    if (!statSync(path).isFile()) throw new BadInput(`${path} is not a regular file`);
    const descriptor = openSync(path, 'r');
    length = readSync(descriptor, start, 0, start.length, 0);
    closeSync(descriptor);
  } catch (error) {
    if (error instanceof BadInput) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new BadInput(code === 'ENOENT' ? `there is no file ${path}` : `cannot read ${path}: ${message}`);
  }
  const end = start.subarray(0, length).indexOf('\n');
  if (end === -1 && length === LONGEST_FIRST_LINE) return undefined;
  return start.toString('utf8', 0, end === -1 ? length : end);
}

/** The interpreter, and all that follows it as one argument. */
function interpreterIn(firstLine: string, file: string): string[] | undefined {
  if (firstLine.endsWith('\r')) {
    throw new BadInput(
      `the first line of ${file} ends with a carriage return, which would belong to the interpreter's name`,
      [`save it with Unix line ends: sed -i 's/\\r$//' ${file}`],
    );
  }
  const [, interpreter, argument] = /^#![ \t]*([^ \t]+)[ \t]*(.*?)[ \t]*$/.exec(firstLine) ?? [];
  if (!interpreter) return undefined;
  return argument ? [interpreter, argument] : [interpreter];
}

function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript);
}
