// What stands for a line in the words of a command: `{}` and its parts, named as GNU parallel names them.
import { posix } from 'node:path';

const PARTS: Record<string, (line: string, number: number) => string> = {
  '{}': (line) => line,
  '{.}': (line) => withoutExtension(line),
  '{/}': (line) => posix.basename(line),
  '{//}': (line) => posix.dirname(line),
  '{/.}': (line) => withoutExtension(posix.basename(line)),
  '{#}': (_, number) => String(number),
};

const PLACEHOLDER = /\{(?:\.|\/|\/\/|\/\.|#)?\}/g;

/**
 * @param line is never taken apart: in whatever word it stands, that stays one argument. Without a placeholder it is the last one.
 * @param number of the job, from 1
 */
export function fillWords(words: readonly string[], line: string, number: number): string[] {
  if (!words.some((word) => word.search(PLACEHOLDER) !== -1)) return [...words, line];
  return words.map((word) => fillText(word, line, number));
}

export function fillText(text: string, line: string, number: number): string {
  return text.replace(PLACEHOLDER, (part) => PARTS[part]!(line, number));
}

/** A dot at the beginning of a name hides a file, and begins no extension. */
function withoutExtension(path: string): string {
  return path.slice(0, path.length - posix.extname(path).length);
}
