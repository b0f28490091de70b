// Flags of `enqueue` that say what to run, once or many times, and which of them go together.
import { checkOneOf } from './enqueue-hints.js';
import { BadInput } from './errors.js';
import { Flags } from './oclif.js';

export const workFlags = {
  file: Flags.string({ description: 'run this script: by its #! line, else by its extension', helpValue: 'SCRIPT' }),
  stdin: Flags.boolean({
    description: 'add a job for each line of standard input, which is its JSON',
    exclusive: ['each'],
  }),
  each: Flags.string({
    description:
      'add a job for each line of a file (- is standard input), which takes the place of {} {.} {/} {//} {/.}; {#} is its number',
    helpValue: 'FILE',
  }),
  null: Flags.boolean({ description: 'the lines of --each end with NUL: find -print0', dependsOn: ['each'] }),
  partial: Flags.boolean({ description: 'add the good lines although there are bad ones (exit code 2)' }),
  'dry-run': Flags.boolean({ description: 'show the commands of many jobs, and add none' }),
};

export interface ManyFlags {
  stdin: boolean;
  each?: string;
  null: boolean;
  partial: boolean;
  'dry-run': boolean;
}

type OtherFlags = { file?: string; type?: string; payload?: string; id?: string; follow: boolean };

/** @param rest the words after `--`. @returns whether there are many jobs to add. @throws BadInput */
export function wantsMany(
  flags: ManyFlags & OtherFlags,
  json: string | undefined,
  rest: readonly string[] | undefined,
): boolean {
  const { stdin, each, file, type, payload } = flags;
  const ways = { 'the JSON': json, '--file': file, '--stdin': stdin || undefined, '--': rest };
  const many = stdin || each !== undefined;
  if (many) checkMany(flags, rest);
  else checkFew(flags);
  checkOneOf(ways, type ?? payload);
  return many;
}

function checkMany({ stdin, id, follow, file }: ManyFlags & OtherFlags, rest: readonly string[] | undefined): void {
  const way = stdin ? '--stdin' : '--each';
  if (!stdin && !rest?.length && file === undefined) {
    throw new BadInput('--each needs a command after --', ['queuectl enqueue --each FILE -- convert {} {.}.png']);
  }
  if (!stdin && file !== undefined) {
    throw new BadInput('--each and --file exclude each other', ['name the script after --: -- ./script {}']);
  }
  if (id !== undefined) {
    const own = 'with --stdin each line has its own: {"id":"job1","command":"sleep 2"}';
    throw new BadInput(`--id is for one job, and ${way} adds many`, [own]);
  }
  if (follow) throw new BadInput(`--follow shows one job, and ${way} adds many`, ['--wait stays until all have ended']);
}

function checkFew(flags: ManyFlags): void {
  const alone = (['partial', 'dry-run'] as const).find((name) => flags[name]);
  if (alone !== undefined) throw new BadInput(`--${alone} is for many jobs`, ['use it with --stdin or --each FILE']);
}
