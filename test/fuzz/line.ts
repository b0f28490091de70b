// Draws a command line from the manifest: any command with any flags and arguments, good or odd.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Random } from '../random.js';
import { PROGRAM } from '../sandbox.js';
import { commandWords, input, oddWord, word } from './words.js';

interface Flag {
  name: string;
  char?: string;
  type: 'boolean' | 'option';
  options?: string[];
}

interface Command {
  flags: Record<string, Flag>;
  args: Record<string, unknown>;
}

export interface Line {
  argv: string[];
  /** Null leaves standard input open and empty. */
  stdin: string | Buffer | null;
  env: Record<string, string>;
  /** It stands where nothing can swallow it. */
  json: boolean;
  /** It may stay until a job has ended, or for good: it is interrupted after a while. */
  stays: boolean;
  /** Nobody reads what it prints. */
  unread: boolean;
}

const OURS: Record<string, Command> = JSON.parse(
  readFileSync(join(dirname(PROGRAM), '..', 'oclif.manifest.json'), 'utf8'),
).commands;

/** Of the plugins that come with us. Those that fetch or link code are left out: no line uses the network. */
const THEIRS: Record<string, Command> = Object.fromEntries(
  ['help', 'version', 'plugins', 'autocomplete', 'nope', 'lst'].map((id) => [id, { flags: {}, args: { name: {} } }]),
);

const COMMANDS: Record<string, Command> = { ...OURS, ...THEIRS };
const NAMES = Object.keys(COMMANDS);

/** These are chosen more often: they take the most. */
const MANY = ['enqueue', 'list', 'cancel', 'wait', 'logs', 'import', 'export', 'update', 'retry'].filter((name) =>
  NAMES.includes(name),
);

const STAYING = /^(-[a-z]*[fw]|--(w|f|wa|fo).*)$/;

export function drawLine(random: Random): Line {
  const name = random.chance(0.35) ? random.pick(MANY)! : random.pick(NAMES)!;
  const command = COMMANDS[name]!;
  const json = random.chance(0.25) && name in OURS;
  const good = random.chance(0.5);
  const taken = Object.keys(command.args).length;
  const parts = [
    ...times(random.pick([0, 0, 1, 1, 2, 3, 5])!, () => drawFlag(random, name, command, good)),
    ...times(good ? taken : random.pick([0, 1, 1, 2, 3])!, () => drawArg(random, name, command, good)),
  ];
  const own = shuffled(random, parts).flat();
  if (name === 'worker:start') own.push('--concurrency', random.pick(['0', '-1', '1.5', 'NaN', '2147483648', ''])!); // none starts
  if (name === 'dashboard') own.push('--port', random.pick(['-1', '65536', '1.5', 'NaN', ''])!); // none listens
  const rest = name === 'enqueue' ? 0.4 : 0.08;
  const after = random.chance(rest) ? ['--', ...commandWords(random)] : [];
  if (random.chance(0.02)) own.splice(random.between(0, own.length), 0, '--');
  const argv = [...name.split(':'), ...(json ? ['--json'] : []), ...own, ...after];
  const reads = own.some((one) => one === '-' || one.startsWith('--stdin'));
  return {
    argv,
    stdin: input(random, reads),
    env: random.chance(0.04) ? { QUEUECTL_MAX_RETRIES: word(random, 'value', '', false) } : {},
    json,
    stays: name === 'wait' || name === 'top' || own.some((one) => STAYING.test(one)),
    unread: random.chance(0.02),
  };
}

function drawFlag(random: Random, name: string, command: Command, good: boolean): string[] {
  const flags = Object.values(command.flags).filter((flag) => flag.name !== 'db');
  if (!good && random.chance(0.04))
    return [random.pick(['--nope', '-Z', '--js', '--json=x', '--=', '-', '--no-json'])!];
  if (random.chance(0.05))
    return ['--db', random.pick(['', 'folder', 'script.sh', 'new.db', 'empty', 'missing/new.db'])!];
  if (random.chance(0.01)) return ['--help'];
  const flag = flags.length > 0 ? random.pick(flags)! : { name: 'help', type: 'boolean' as const };
  const typed = 'char' in flag && flag.char && random.chance(0.3) ? `-${flag.char}` : `--${flag.name}`;
  if (flag.type === 'boolean' || (!good && random.chance(0.05))) return [typed];
  const value =
    flag.options && (good || random.chance(0.6)) ? random.pick(flag.options)! : word(random, flag.name, name, good);
  return random.chance(0.3) ? [`${typed}=${value}`] : [typed, value];
}

function drawArg(random: Random, name: string, command: Command, good: boolean): string[] {
  const arg = random.pick(Object.keys(command.args));
  return [arg === undefined || random.chance(0.05) ? oddWord(random) : word(random, arg, name, good)];
}

function times(count: number, draw: () => string[]): string[][] {
  return Array.from({ length: count }, draw);
}

function shuffled<T>(random: Random, all: T[]): T[] {
  const left = [...all];
  return all.map(() => left.splice(random.between(0, left.length - 1), 1)[0]!);
}
