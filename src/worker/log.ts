// A worker's log file: JSON lines, ten files of ten megabytes each.
import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import pino, { type Logger } from 'pino';

const LARGEST_BYTES = 10 * 1024 * 1024;
const KEPT = 10;
/** A write for each line was a tenth of a small job's cost. What is logged before a kill may lack so much. */
const WRITTEN_EVERY_MS = 50;

export interface WorkerLog {
  logger: Logger;
  /** Begins a new file when this one is large; called now and then. */
  rotate(): void;
}

export function openLog(file: string, level: string): WorkerLog {
  const log = new LogFile(file);
  process.on('exit', () => log.flush());
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, log);
  return {
    logger,
    rotate() {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < LARGEST_BYTES) return;
      for (let n = KEPT - 1; n >= 1; n--) {
        const from = n === 1 ? file : `${file}.${n - 1}`;
        if (existsSync(from)) renameSync(from, `${file}.${n}`);
      }
      log.reopen();
    },
  };
}

class LogFile {
  #descriptor: number;
  #lines = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly file: string) {
    this.#descriptor = openSync(file, 'a', 0o600);
  }

  write(line: string): void {
    this.#lines += line;
    this.#timer ??= setTimeout(() => this.flush(), WRITTEN_EVERY_MS);
  }

  /** A log that cannot be written, on a full disk say, must not end the worker. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = '';
    try {
      writeSync(this.#descriptor, lines);
    } catch {}
  }

  reopen(): void {
    this.flush();
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.file, 'a', 0o600);
  }
}
