// What a handler says: a file like that of a command, made when there is a first word, so that it can be followed.
import { closeSync, writeSync } from 'node:fs';
import { NO_FILE_FITTED } from '../job/output-mark.js';
import { createOutput } from './output.js';

export class HandlerOutput {
  #descriptor: number | undefined;
  #closed = false;
  /** Why not all of it was kept. */
  problem: string | undefined;

  constructor(private readonly file: string) {}

  get isOpen(): boolean {
    return this.#descriptor !== undefined;
  }

  /** A full disk, or a word that comes after the end, is no reason to fail (F16). */
  write(text: string): void {
    if (this.#closed || this.problem || text === '') return;
    try {
      this.#descriptor ??= createOutput(this.file);
      writeSync(this.#descriptor, text);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.problem = code === 'ENOSPC' || code === 'EDQUOT' ? NO_FILE_FITTED : `its output was not kept: ${message}`;
    }
  }

  /** @returns whether there is a file */
  close(): boolean {
    this.#closed = true;
    if (this.#descriptor === undefined) return false;
    closeSync(this.#descriptor);
    return true;
  }
}
