// A terminal's screen, as far as our programs write to it: text, cursor moves, clearing, the alternate screen.
import { widthOf } from '../src/terminal/width.js';

export class TestScreen {
  alternate = false;
  cursorShown = true;
  #held = '';
  /** Between a change of size and the next clearing there may be lines for the old size on the way. */
  #outdated = false;
  #row = 0;
  #column = 0;
  #cells: string[][] = [];
  #main: string[][] = [];

  constructor(
    public columns: number,
    public rows: number,
  ) {
    this.#clear();
  }

  /** Lines without the blanks at their ends. */
  get lines(): string[] {
    return this.#cells.map((row) => row.join('').trimEnd());
  }

  get text(): string {
    return this.lines.join('\n').trimEnd();
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows });
    this.#outdated = true;
    this.#clear();
  }

  write(text: string): void {
    const all = this.#held + text;
    const whole = /^(?:\x1b\[[?]?[0-9;]*[A-Za-z]|[^\x1b])*/u.exec(all)![0];
    this.#held = all.slice(whole.length);
    if (this.#held.length > 20) throw new Error(`not understood: ${JSON.stringify(this.#held.slice(0, 20))}`);
    for (const [token] of whole.matchAll(/\x1b\[[?]?[0-9;]*[A-Za-z]|[^\x1b]/gu)) {
      if (token.startsWith('\x1b')) this.#obey(token.slice(2, -1), token.at(-1)!);
      else this.#put(token);
    }
  }

  #obey(numbers: string, letter: string): void {
    if (letter === 'J') this.#outdated = false;
    if (this.#outdated && letter === 'K') return;
    const [first = 1, second = 1] = numbers.split(';').map(Number);
    if (letter === 'H') [this.#row, this.#column] = [first - 1, second - 1];
    else if (letter === 'K') this.#cells[this.#row]!.fill(' ', this.#column);
    else if (letter === 'J') this.#clear();
    else if (numbers === '?25') this.cursorShown = letter === 'h';
    else if (numbers === '?1049') this.#switch(letter === 'h');
    else if (letter !== 'm') throw new Error(`not understood: ${numbers}${letter}`);
  }

  #switch(alternate: boolean): void {
    if (alternate && !this.alternate) {
      this.#main = this.#cells;
      this.#clear();
    } else if (!alternate && this.alternate) this.#cells = this.#main;
    this.alternate = alternate;
  }

  #put(char: string): void {
    if (this.#outdated) return;
    if (char === '\r') this.#column = 0;
    else if (char === '\n') this.#row = Math.min(this.#row + 1, this.rows - 1);
    else {
      const width = widthOf(char);
      if (this.#column + width > this.columns) throw new Error(`line ${this.#row + 1} is too wide at ${char}`);
      this.#cells[this.#row]![this.#column] = char;
      for (let more = 1; more < width; more++) this.#cells[this.#row]![this.#column + more] = '';
      this.#column += width;
    }
  }

  #clear(): void {
    this.#cells = Array.from({ length: this.rows }, () => Array(this.columns).fill(' '));
  }
}
