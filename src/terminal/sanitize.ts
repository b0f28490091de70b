// Keeps control characters of job data away from terminals: they can move the cursor, set titles, or hide text.
import { StringDecoder } from 'node:string_decoder';

/** C0 and C1 controls, and the marks that turn the direction of text around. */
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

const NAMED: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line that shows what it replaces: a newline as `\n`, others as `\x1b` or `\u202e`. */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, (char) => NAMED[char] ?? escaped(char));
}

/** Like oneLine, but lines stay lines. */
export function manyLines(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

/** JSON escapes the other controls itself. */
const UNSAFE_IN_JSON = /[\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** A document that a terminal may show as well: it reads back as the same value. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    UNSAFE_IN_JSON,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}

// Complete escape sequences: colours (SGR), other CSI, strings such as titles, and what is left with two characters.
const SEQUENCE =
  /\x1b\[([0-9;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-Z\\^-~]/g;

/** What may be the beginning of a sequence at the end of a chunk. */
const UNFINISHED = /(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)?|\r)$/;

/** No sequence that is worth waiting for is longer. */
const LONGEST_SEQUENCE = 4096;

/** Makes a job's output fit for a terminal, chunk by chunk: lines, tabs and colours stay, all else is dropped. */
export class OutputFilter {
  readonly #decoder = new StringDecoder('utf8');
  #held = '';
  #coloured = false;

  constructor(private readonly colours: boolean) {}

  push(chunk: Buffer): string {
    const text = this.#held + this.#decoder.write(chunk);
    const from = text.length - (UNFINISHED.exec(text.slice(-LONGEST_SEQUENCE))?.[0].length ?? 0);
    this.#held = text.slice(from);
    return this.#clean(text.slice(0, from));
  }

  /** What was held back, and the end of all colours. */
  end(): string {
    const rest = this.#clean(this.#held.replace(/^\x1b.*/s, '') + this.#decoder.end());
    return this.#coloured ? `${rest}\x1b[0m` : rest;
  }

  #clean(text: string): string {
    const colours: string[] = [];
    const marked = text.replaceAll('\ue000', '\ufffd').replace(SEQUENCE, (sequence, sgr?: string) => {
      if (sgr === undefined || !this.colours) return '';
      colours.push(sequence);
      return '\ue000';
    });
    if (colours.length > 0) this.#coloured = true;
    // A carriage return alone would write over the line: progress bars become lines.
    const lines = marked.replace(/\r+\n/g, '\n').replaceAll('\r', '\n');
    const safe = lines.replace(UNSAFE, (char) => (char === '\n' || char === '\t' ? char : ''));
    let next = 0;
    return safe.replaceAll('\ue000', () => colours[next++]!);
  }
}
