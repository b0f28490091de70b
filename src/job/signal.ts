// Signals as people type them: INT, sigint, SIGINT.
import { BadInput } from '../errors.js';

/** Those that ask a command to end. */
const ENDING = ['TERM', 'INT', 'HUP', 'QUIT', 'KILL', 'USR1', 'USR2'];

/** @returns its full name, such as SIGINT. @throws BadInput */
export function readSignal(typed: string, source: string): NodeJS.Signals {
  const name = typed.toUpperCase().replace(/^SIG/, '');
  if (!ENDING.includes(name)) throw new BadInput(`${source} takes one of ${ENDING.join(', ')}, not ${typed}`);
  return `SIG${name}` as NodeJS.Signals;
}
