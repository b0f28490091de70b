// The built-in job type: a command for `sh -c`, or words that are run as they are.
import { BadInput } from '../errors.js';
import type { ShellPayload } from '../job/job.js';
import type { CommandHandler } from '../job/job-type.js';

/** Linux takes no argument longer than 128 KiB, its end included (MAX_ARG_STRLEN). */
const LONGEST_ARGUMENT = 128 * 1024 - 1;

export const shell = {
  parse(input: unknown): ShellPayload {
    const { command, argv, stdin, split_output, ...others } = (input ?? {}) as ShellPayload;
    const other = Object.keys(others)[0];
    if (other !== undefined)
      throw new BadInput(`a shell payload has no key "${other}"`, ['it has command or argv, stdin and split_output']);
    if ((command === undefined) === (argv === undefined))
      throw new BadInput('a shell job takes either a command or argv');
    if (command !== undefined) checkCommand(command);
    if (argv !== undefined) checkArgv(argv);
    if (stdin !== undefined && typeof stdin !== 'string') throw new BadInput('stdin takes text');
    if (split_output !== undefined && typeof split_output !== 'boolean')
      throw new BadInput('split_output takes true or false');
    return {
      ...(command !== undefined ? { command } : { argv }),
      ...(stdin !== undefined ? { stdin } : {}),
      ...(split_output ? { split_output } : {}),
    };
  },

  describe({ command, argv }: ShellPayload) {
    return command ?? argv!.map(quoteWord).join(' ');
  },

  schema: {
    properties: {
      command: { type: 'string', description: 'text for sh -c' },
      argv: { type: 'array', description: 'words to run as they are, instead' },
      stdin: { type: 'string', description: 'its standard input' },
      split_output: { type: 'boolean', default: false, description: 'keeps its standard error apart' },
    },
  },

  command: (payload: ShellPayload) => payload,
} satisfies CommandHandler<ShellPayload>;

function checkCommand(command: unknown): void {
  if (typeof command !== 'string') throw new BadInput('command takes text');
  if (command.trim() === '') throw new BadInput('the command is empty', ['queuectl enqueue -- sleep 2']);
  checkWord(command);
}

function checkArgv(argv: unknown): void {
  if (!Array.isArray(argv) || argv.length === 0) throw new BadInput('argv takes a list of words');
  if (argv[0] === '') throw new BadInput('the command is empty', ['queuectl enqueue -- sleep 2']);
  for (const word of argv) checkWord(word);
}

function checkWord(word: unknown): void {
  if (typeof word !== 'string') throw new BadInput('argv takes a list of words');
  if (word.includes('\0')) throw new BadInput('the command contains a NUL byte, which no command can take');
  if (Buffer.byteLength(word) > LONGEST_ARGUMENT) {
    throw new BadInput('an argument of 128 KiB or more cannot be started', [
      'put it into a script (queuectl enqueue --file SCRIPT) or into the payload\'s "stdin"',
    ]);
  }
}

/** A word as one would type it in a shell. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
