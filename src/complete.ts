// What a shell asks while a line is typed: `queuectl complete-words …` prints what its last word could be, a line each.
// It is asked at every Tab: no command framework, no word about what is wrong, and never longer than a moment.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Candidate, complete, type Manifest, starting } from './completion/line.js';

const MOST = 200;
const LONGEST_MS = 2000;
const ABOUT_WIDTH = 60;

/** @param argv `--line TEXT`, or the words after the program's name; after `--last` the last one has a = before it. @param root the folder of the manifest */
export async function completeWords(argv: readonly string[], root: string, env = process.env): Promise<void> {
  setTimeout(() => process.exit(0), LONGEST_MS).unref();
  try {
    const words = wordsOf(argv);
    const found = (await candidates(words, root, env)).slice(0, MOST);
    process.stdout.write(found.map(line).join(''), () => process.exit(0));
  } catch {
    process.exit(0); // the command itself will say what is wrong
  }
}

function wordsOf(argv: readonly string[]): readonly string[] {
  if (argv[0] === '--line') return split(argv[1] ?? '');
  if (argv[0] === '--last') return [...argv.slice(1, -1), (argv.at(-1) ?? '').slice(1)];
  return argv;
}

async function candidates(words: readonly string[], root: string, env: NodeJS.ProcessEnv): Promise<Candidate[]> {
  const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as Manifest;
  const { candidates: found, wanted } = complete(manifest, words);
  if (!wanted) return found;
  const { knownWords } = await import('./completion/known.js');
  const known = starting(await knownWords(wanted, flagValue(words, '--db'), env), wanted.start);
  return [...found, ...known.map(({ word, about }) => ({ word: wanted.before + word, about }))];
}

/** Jobs may say anything: what could end a line or drive a terminal becomes a space. */
function line({ word, about = '' }: Candidate): string {
  const plain = about.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').slice(0, ABOUT_WIDTH);
  return plain === '' ? `${word}\n` : `${word}\t${plain}\n`;
}

function flagValue(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  const joined = words.find((word) => word.startsWith(`${flag}=`));
  return joined?.slice(flag.length + 1) ?? (at === -1 ? undefined : words[at + 1]);
}

/** The words of a line after the program's name, as bash reads them; the last one may be empty, or an open quotation. */
function split(text: string): string[] {
  const words = [''];
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote !== '' && char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === '\\' && quote !== "'") words[words.length - 1] += text[++at] ?? '';
    else if (quote === '' && /\s/.test(char)) words.push('');
    else words[words.length - 1] += char;
  }
  return words.filter((word, at) => word !== '' || at === words.length - 1).slice(1);
}
