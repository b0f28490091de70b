// Draws lines on a terminal: only those that differ from what stands there, in one write.

/** The alternate screen, so that what stood there comes back, and no cursor. */
export const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
export const LEAVE = '\x1b[0m\x1b[?25h\x1b[?1049l';

export class Canvas {
  #drawn: readonly string[] = [];

  /** What is to be written. Nothing when nothing has changed. */
  draw(lines: readonly string[]): string {
    let text = '';
    for (const [at, line] of lines.entries()) {
      // Cleared first: after a line of full width the cursor still stands on its last column.
      if (line !== this.#drawn[at]) text += `\x1b[${at + 1};1H\x1b[0m\x1b[K${line}`;
    }
    this.#drawn = lines;
    return text;
  }

  /** All is drawn anew: the window has another size, or something else wrote to it. */
  clear(): string {
    this.#drawn = [];
    return '\x1b[0m\x1b[2J';
  }
}
