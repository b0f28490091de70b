// A command line that is being typed: which command it is, and what its last word could be. Nothing of the queue is asked here.
interface FlagFacts {
  name: string;
  char?: string;
  type: 'boolean' | 'option';
  description?: string;
  options?: string[];
  multiple?: boolean;
  allowNo?: boolean;
  hidden?: boolean;
}

interface CommandFacts {
  id: string;
  summary?: string;
  hidden?: boolean;
  strict?: boolean;
  aliases: string[];
  args: Record<string, { name: string; options?: string[] }>;
  flags: Record<string, FlagFacts>;
}

/** The part of oclif.manifest.json that is read here. */
export interface Manifest {
  commands: Record<string, CommandFacts>;
}

export interface Candidate {
  word: string;
  about?: string;
}

/** A value that the queue knows: of the flag or argument of this name. `before` is what of the word stays as it is. */
export interface Wanted {
  command: string;
  name: string;
  positional: boolean;
  before: string;
  start: string;
}

export interface Answer {
  candidates: Candidate[];
  wanted?: Wanted;
}

const NOTHING: Answer = { candidates: [] };
/** What the plugins that come with us bring. */
const BESIDES: readonly Candidate[] = [
  { word: 'help', about: 'show help' },
  { word: 'plugins', about: 'install, link and list plugins' },
  { word: 'version', about: 'show the version' },
];

/** @param words what follows the program's name; the last one is being typed and may be empty */
export function complete({ commands }: Manifest, words: readonly string[]): Answer {
  const typed = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  if (typed.includes('--')) return NOTHING;
  const shown = Object.values(commands).filter(({ hidden }) => !hidden);
  const length = commandLength(shown, typed);
  if (length === 0) return { candidates: starting(nextWords(shown, typed, typed.length === 0), current) };
  const id = typed.slice(0, length).join(':');
  const command = shown.find((one) => one.id === id || one.aliases.includes(id))!;
  const answer = ofCommand(command, typed.slice(length), current);
  const below = typed.length === length ? starting(nextWords(shown, typed, false), current) : [];
  return { ...answer, candidates: [...below, ...answer.candidates] };
}

/** How many words name a command; the longest name wins. */
function commandLength(commands: readonly CommandFacts[], typed: readonly string[]): number {
  const named = (id: string) => commands.some((one) => one.id === id || one.aliases.includes(id));
  for (let length = Math.min(typed.length, 3); length > 0; length--) {
    if (named(typed.slice(0, length).join(':'))) return length;
  }
  return 0;
}

function nextWords(commands: readonly CommandFacts[], typed: readonly string[], top: boolean): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const { id, summary } of commands) {
    const parts = id.split(':');
    if (parts.length <= typed.length || typed.some((word, at) => parts[at] !== word)) continue;
    const word = parts[typed.length]!;
    const whole = parts.length === typed.length + 1;
    if (whole || !found.has(word)) found.set(word, { word, about: whole ? summary : undefined });
  }
  for (const one of top ? BESIDES : []) if (!found.has(one.word)) found.set(one.word, one);
  return [...found.values()];
}

function ofCommand(command: CommandFacts, typed: readonly string[], current: string): Answer {
  const flags = Object.values(command.flags).filter(({ hidden }) => !hidden);
  const [, long, text] = /^--([^=]+)=(.*)$/s.exec(current) ?? [];
  if (long !== undefined)
    return ofFlag(
      command,
      flags.find(({ name }) => name === long),
      `--${long}=`,
      text!,
    );
  const before = takesValue(flags, typed.at(-1));
  if (before) return ofFlag(command, before, '', current);
  if (current.startsWith('-')) return { candidates: starting(spelt(flags, typed), current) };
  return ofArg(command, flags, typed, current);
}

/** The flag that this word is, if its value comes next. */
function takesValue(flags: readonly FlagFacts[], word = ''): FlagFacts | undefined {
  return flags.find(({ name, char, type }) => type === 'option' && (word === `--${name}` || word === `-${char}`));
}

function ofFlag(command: CommandFacts, flag: FlagFacts | undefined, before: string, text: string): Answer {
  if (flag?.type !== 'option') return NOTHING;
  // Of a list only what follows its last comma is being typed.
  const comma = flag.multiple ? text.lastIndexOf(',') + 1 : 0;
  const kept = before + text.slice(0, comma);
  const start = text.slice(comma);
  if (flag.options) {
    const fitting = starting(
      flag.options.map((word) => ({ word })),
      start,
    );
    return { candidates: fitting.map(({ word }) => ({ word: kept + word })) };
  }
  return { candidates: [], wanted: { command: command.id, name: flag.name, positional: false, before: kept, start } };
}

function spelt(flags: readonly FlagFacts[], typed: readonly string[]): Candidate[] {
  const used = (name: string) => typed.some((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  return flags
    .filter(({ name, multiple }) => multiple || !used(name))
    .flatMap(({ name, allowNo, description: about }) => [
      { word: `--${name}`, about },
      ...(allowNo ? [{ word: `--no-${name}`, about }] : []),
    ]);
}

function ofArg(command: CommandFacts, flags: readonly FlagFacts[], typed: readonly string[], current: string): Answer {
  const plain = typed.filter((word, at) => !word.startsWith('-') && !takesValue(flags, typed[at - 1]));
  const args = Object.values(command.args);
  const arg = args[plain.length] ?? (command.strict === false ? args.at(-1) : undefined);
  if (!arg) return NOTHING;
  if (arg.options) {
    return {
      candidates: starting(
        arg.options.map((word) => ({ word })),
        current,
      ),
    };
  }
  return {
    candidates: [],
    wanted: { command: command.id, name: arg.name, positional: true, before: '', start: current },
  };
}

export function starting(candidates: readonly Candidate[], start: string): Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(start));
}
