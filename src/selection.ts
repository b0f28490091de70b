// Which jobs a command is about: ids, a filter or all, as flags and words say it.
import { textArg } from './base-command.js';
import { BadInput } from './errors.js';
import { Flags } from './oclif.js';

/** The words are read from `argv`: a command that takes several has `strict = false` and these. */
export const jobArgs = {
  id: textArg({ description: 'jobs: ids, @, @~1, 3-7, or - for ids on standard input' }),
};

export const filterFlags = {
  state: Flags.string({
    description: 'only in these states',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'STATE,…',
  }),
  queue: Flags.string({ description: 'only in this queue' }),
  type: Flags.string({ description: 'only of this job type' }),
  cause: Flags.string({ description: 'only with this cause, such as exit:1 or timeout' }),
  since: Flags.string({ description: 'only enqueued since, such as 2h or a time', helpValue: 'WHEN' }),
  where: Flags.string({ description: "only these, such as 'priority > 5 and created < 1h'", helpValue: 'CONDITION' }),
};

/** @returns the words as typed; `-` stands for those on standard input, between spaces or line ends */
export async function readWords(argv: readonly string[]): Promise<string[]> {
  if (!argv.includes('-')) return [...argv];
  if (argv.filter((word) => word === '-').length > 1) throw new BadInput('- can be given only once');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  const read = Buffer.concat(chunks).toString('utf8').split(/\s+/).filter(Boolean);
  return argv.flatMap((word) => (word === '-' ? read : [word]));
}

/** @param ways how jobs can be said, and whether each was used. @throws BadInput unless one was, and `--all` alone */
export function checkSelection(ways: Record<string, boolean>): void {
  const used = Object.keys(ways).filter((way) => ways[way]);
  if (used.length === 0) {
    throw new BadInput('which jobs?', [`give ${Object.keys(ways).join(' or ')}`]);
  }
  if (used.length > 1 && ways['--all']) {
    throw new BadInput(`${used.join(' and ')} exclude each other`, ['keep one of them']);
  }
}
