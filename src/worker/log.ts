// A worker's log file: JSON lines, ten files of ten megabytes each.
import { existsSync, renameSync, statSync } from 'node:fs';
import pino, { type Logger } from 'pino';

const LARGEST_BYTES = 10 * 1024 * 1024;
const KEPT = 10;

export interface WorkerLog {
  logger: Logger;
  /** Begins a new file when this one is large; called now and then. */
  rotate(): void;
}

export function openLog(file: string, level: string): WorkerLog {
  // Synchronous: what is logged before a crash is what one wants to read after it.
  const destination = pino.destination({ dest: file, sync: true, append: true, mode: 0o600 });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    logger,
    rotate() {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < LARGEST_BYTES) return;
      for (let n = KEPT - 1; n >= 1; n--) {
        const from = n === 1 ? file : `${file}.${n - 1}`;
        if (existsSync(from)) renameSync(from, `${file}.${n}`);
      }
      destination.reopen();
    },
  };
}
