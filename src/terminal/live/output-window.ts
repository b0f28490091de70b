// The last lines of a job's output, fit for a terminal.
import { OutputFilter, oneLine } from '../sanitize.js';

const MOST_LINES = 5000;
const LONGEST_LINE = 1000;

export class OutputWindow {
  #filter = new OutputFilter(false);
  #lines: string[] = [];
  #open = '';

  push(chunk: Buffer): void {
    const parts = (this.#open + this.#filter.push(chunk)).split('\n');
    this.#open = (parts.pop() ?? '').slice(0, LONGEST_LINE);
    this.#add(parts);
  }

  /** A sentence of ours. */
  note(text: string): void {
    this.#add(this.#open === '' ? [] : [this.#open]);
    this.#open = '';
    this.#add([`-- ${oneLine(text)}`]);
  }

  lines(): string[] {
    return this.#open === '' ? this.#lines : [...this.#lines, this.#open.replaceAll('\t', '    ')];
  }

  #add(parts: readonly string[]): void {
    for (const part of parts) this.#lines.push(part.slice(0, LONGEST_LINE).replaceAll('\t', '    '));
    if (this.#lines.length > MOST_LINES) this.#lines = this.#lines.slice(-MOST_LINES);
  }
}
