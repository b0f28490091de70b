// Judges what a random command line did: whatever was typed, the program keeps its manners.
import { ExitCode } from '../../src/errors.js';
import type { Result } from '../sandbox.js';
import type { Line } from './line.js';

const DOCUMENTED: readonly number[] = Object.values(ExitCode);

/** A stack, or how Node tells what nobody caught. */
const STACK =
  /^\s+at .+(:\d+|<anonymous>|\[native)|node:internal|\b(Type|Range|Reference|Syntax)Error\b|\bError:|\bug in queuectl/m;
/** How Node warns. */
const WARNING = /\(node:\d+\)|DeprecationWarning|ExperimentalWarning/;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

/** One a line, whatever their number. */
const STREAMS = ['export'];
const STREAM_FLAGS = /^(-f|--follow|--watch|-w)/;
/** Exit with the code of a job. */
const FATES = ['wait', 'enqueue', 'logs'];
/** What they print belongs to the user: outputs, data for other programs, files for shells. */
const VERBATIM = ['logs', 'export', 'list', 'autocomplete'];

/** @returns what is wrong, a sentence each */
export function faultsOf(line: Line, { code, stdout, stderr }: Result, interrupted: boolean): string[] {
  const faults: string[] = [];
  const claim = (holds: boolean, what: string) => holds || faults.push(what);
  const [name = ''] = line.argv;
  const mayStop = interrupted && code === null; // it was interrupted before it could listen
  claim(mayStop || DOCUMENTED.includes(code!) || (FATES.includes(name) && code !== null), `exit code ${code}`);
  claim(!STACK.test(stderr) && !WARNING.test(stderr), 'standard error shows where in the program');
  claim(!CONTROL.test(stderr), 'standard error has control characters');
  claim(VERBATIM.includes(name) || !CONTROL.test(stdout), 'standard output has control characters');
  claim(
    code === 0 || code === null || line.unread || stdout + stderr !== '' || FATES.includes(name),
    'it fails without a word',
  );
  if (line.json && !line.unread && !mayStop) faults.push(...documentFaults(line, code, stdout));
  return faults;
}

function documentFaults({ argv }: Line, code: number | null, stdout: string): string[] {
  if (argv.some((one) => /^(--help|-h|--version|-v)$/.test(one))) return [];
  const streams = STREAMS.includes(argv[0]!) || argv.some((one) => STREAM_FLAGS.test(one));
  if (stdout === '') return streams && code === 0 ? [] : ['standard output is empty under --json'];
  const fits = isDocument(stdout) || (streams && stdout.trimEnd().split('\n').every(isDocument));
  return fits ? [] : ['standard output is not JSON under --json'];
}

function isDocument(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
