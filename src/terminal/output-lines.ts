// A job's output as a stream of JSON documents, one a line.
import { once } from 'node:events';
import { StringDecoder } from 'node:string_decoder';
import type { FollowLine } from '../queue/follow-line.js';
import { jsonText } from './sanitize.js';

/** Bytes that are not UTF-8 become U+FFFD; a character is never cut in two. */
export class OutputLines {
  readonly #decoder = new StringDecoder('utf8');

  constructor(private readonly stream: NodeJS.WritableStream) {}

  async write(chunk: Buffer): Promise<void> {
    await this.#output(this.#decoder.write(chunk));
  }

  /** A sentence of ours between two attempts. */
  async note(text: string): Promise<void> {
    await this.#put({ event: 'note', note: text });
  }

  async end(): Promise<void> {
    await this.#output(this.#decoder.end());
  }

  async #output(output: string): Promise<void> {
    if (output !== '') await this.#put({ event: 'output', output });
  }

  /** Waits while the reader is slow. */
  async #put(document: FollowLine): Promise<void> {
    if (!this.stream.write(`${jsonText(document)}\n`)) await once(this.stream, 'drain');
  }
}
