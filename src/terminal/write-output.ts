// Writes a job's output to standard output: byte for byte into a pipe or file, made safe on a terminal.
import { once } from 'node:events';
import { OutputFilter } from './sanitize.js';

export interface OutputOptions {
  /** Everything as it is, on a terminal too. */
  raw: boolean;
  colours: boolean;
}

export class OutputWriter {
  readonly #filter: OutputFilter | undefined;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    { raw, colours }: OutputOptions,
  ) {
    this.#filter = raw || !stream.isTTY ? undefined : new OutputFilter(colours);
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#put(this.#filter ? this.#filter.push(chunk) : chunk);
  }

  async end(): Promise<void> {
    if (this.#filter) await this.#put(this.#filter.end());
  }

  /** Waits while the reader is slow: a long output is not piled up in memory. */
  async #put(text: string | Buffer): Promise<void> {
    if (text.length > 0 && !this.stream.write(text)) await once(this.stream, 'drain');
  }
}
