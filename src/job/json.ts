// Reads JSON that people typed: exactly what they meant, or a place where it is wrong.
import { BadInput } from '../errors.js';

const DEEPEST = 64;
export const LARGEST_PAYLOAD = 1_000_000;

class Wrong extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/**
 * JSON.parse, but duplicate keys, integers that a double would change, and depths above 64 are refused, and each
 * refusal names its position.
 * @param what how the error calls the text
 */
export function readJson(text: string, what = 'the JSON'): unknown {
  if (Buffer.byteLength(text) > LARGEST_PAYLOAD) {
    throw new BadInput(`${what} is larger than 1 MB`, ['put the data into a file and name it in the job']);
  }
  try {
    new Scanner(text).document();
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    throw new BadInput(`${what} is not valid at position ${error.at + 1}: ${error.message}`, hints(text));
  }
  return JSON.parse(text);
}

/** PowerShell takes the quotes out of an argument, or doubles or escapes them. */
function hints(text: string): string[] {
  const eaten = /^\s*\{\s*[A-Za-z_]\w*\s*:/.test(text);
  const doubled = /^\s*\{\s*(""|\\")/.test(text);
  if (!eaten && !doubled) return [`write JSON such as '{"id":"job1","command":"sleep 2"}'`];
  return [
    `your shell has ${eaten ? 'removed' : 'doubled'} the quotes of the JSON (PowerShell does that); use flags: queuectl enqueue --id job1 -- sleep 2`,
  ];
}

class Scanner {
  #at = 0;

  constructor(private readonly text: string) {}

  document(): void {
    this.#value(0);
    this.#space();
    if (this.#at < this.text.length) throw this.#unexpected('the end');
  }

  #value(depth: number): void {
    this.#space();
    const first = this.text[this.#at];
    if (depth >= DEEPEST && (first === '{' || first === '['))
      throw new Wrong(`nested more than ${DEEPEST} deep`, this.#at);
    if (first === '{') this.#object(depth);
    else if (first === '[') this.#array(depth);
    else if (first === '"') this.#string();
    else this.#word();
  }

  #object(depth: number): void {
    const keys = new Set<string>();
    this.#list('}', () => {
      this.#space();
      const at = this.#at;
      if (this.text[at] !== '"') throw this.#unexpected('a key in double quotes');
      const key = JSON.parse(this.#string()) as string;
      if (keys.has(key)) throw new Wrong(`the key "${key}" stands twice`, at);
      keys.add(key);
      this.#space();
      if (this.text[this.#at++] !== ':') throw this.#unexpected('a colon', this.#at - 1);
      this.#value(depth + 1);
    });
  }

  #array(depth: number): void {
    this.#list(']', () => this.#value(depth + 1));
  }

  #list(close: string, item: () => void): void {
    this.#at++;
    this.#space();
    if (this.text[this.#at] === close) {
      this.#at++;
      return;
    }
    for (;;) {
      item();
      this.#space();
      const mark = this.text[this.#at++];
      if (mark === close) return;
      if (mark !== ',') throw this.#unexpected(`a comma or ${close}`, this.#at - 1);
    }
  }

  #string(): string {
    const from = this.#at++;
    for (; this.#at < this.text.length; this.#at++) {
      const char = this.text[this.#at]!;
      if (char === '"') return this.text.slice(from, ++this.#at);
      if (char < ' ') throw new Wrong('a raw control character in a string', this.#at);
      if (char === '\\') {
        const sequence = /\\(["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
        sequence.lastIndex = this.#at;
        const found = sequence.exec(this.text);
        if (!found) throw new Wrong('an unknown escape in a string', this.#at);
        this.#at += found[0].length - 1;
      }
    }
    throw new Wrong('a string that does not end', from);
  }

  #word(): void {
    const word = /true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    word.lastIndex = this.#at;
    const found = word.exec(this.text);
    if (!found) throw this.#unexpected('a value');
    if (/^-?\d+$/.test(found[0]) && !Number.isSafeInteger(Number(found[0]))) {
      throw new Wrong('an integer beyond 2^53 would lose digits; put it in quotes', this.#at);
    }
    if (Math.abs(Number(found[0])) === Number.POSITIVE_INFINITY) {
      throw new Wrong('a number too large to be kept; put it in quotes', this.#at);
    }
    this.#at += found[0].length;
  }

  #space(): void {
    while (' \t\n\r'.includes(this.text[this.#at] ?? 'x')) this.#at++;
  }

  #unexpected(wanted: string, at = this.#at): Wrong {
    const found = at < this.text.length ? JSON.stringify(this.text[at]) : 'nothing';
    return new Wrong(`expected ${wanted}, found ${found}`, at);
  }
}
