// What somebody most likely meant who typed `enqueue make -j4`, or whose shell took the quotes out of the JSON.
import { BadInput } from './errors.js';
import { shell } from './job-types/shell.js';
import { readStdin } from './read-stdin.js';

const FORMS = [`queuectl enqueue '{"command":"sleep 2"}'`, 'queuectl enqueue -- sleep 2'];

/** Flags of `enqueue` that stand alone; the others take the next word. */
const ALONE = [
  ...['--json', '--help', '--wait', '--follow', '-f', '--split-output'],
  ...['--stdin', '--null', '--partial', '--dry-run'],
];

/** @param argv what was typed before `--`. @returns lines to show; none when it may be right */
export function enqueueHints(argv: readonly string[]): string[] {
  const start = firstWord(argv);
  const word = argv[start];
  if (word === undefined || word === '-') return [];
  if (!word.startsWith('{')) return [`write: ${line([...argv.slice(0, start), '--', ...argv.slice(start)])}`];
  const pieces = argv.slice(start).filter((piece) => !piece.startsWith('--'));
  return pieces.length > 1 ? ['put the JSON between single quotes, so that it arrives in one piece', ...FORMS] : [];
}

/** The job's JSON, from standard input for `-`. @throws BadInput with what to write instead */
export async function jobText(typed: string | undefined, argv: readonly string[]): Promise<string | undefined> {
  const json = typed === '-' ? await readStdin() : typed;
  if (json === undefined) return undefined;
  if (/^\s*[[{"]/.test(json) || json.trim() === '') return json;
  throw new BadInput(
    `a job is JSON, or a command after --, not ${JSON.stringify(json.slice(0, 80))}`,
    enqueueHints(argv),
  );
}

/** @param typed what says it by itself when none is used. @throws BadInput unless exactly one way is used to say what to run */
export function checkOneOf(given: Record<string, unknown>, typed?: unknown): void {
  const names = Object.keys(given).filter((name) => given[name] !== undefined);
  if (names.length === 1 || (names.length === 0 && typed !== undefined)) return;
  if (names.length === 0) throw new BadInput('nothing to enqueue', FORMS);
  throw new BadInput(`${names.join(' and ')} exclude each other`, ['say in one way what to run']);
}

function firstWord(argv: readonly string[]): number {
  let at = 0;
  while (at < argv.length && (argv[at]!.startsWith('--') || ALONE.includes(argv[at]!)))
    at += ALONE.includes(argv[at]!) || argv[at]!.includes('=') ? 1 : 2;
  return at;
}

function line(words: string[]): string {
  return `queuectl enqueue ${shell.describe({ argv: words })}`;
}
