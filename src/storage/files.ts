// The folder beside the database: outputs, worker logs, and the state files of running attempts.
import { mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

export class QueueFiles {
  readonly outputs: string;
  readonly logs: string;
  readonly states: string;

  constructor(readonly folder: string) {
    this.outputs = join(folder, 'outputs');
    this.logs = join(folder, 'logs');
    this.states = join(folder, 'states');
  }

  ensure(): void {
    for (const folder of [this.folder, this.outputs, this.logs, this.states]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
  }

  /** Where a running attempt writes. Numbers only: an id never becomes a file name. */
  output(job: number, attempt: number): string {
    return join(this.outputs, outputName(job, attempt));
  }

  removeOutput(name: string): void {
    try {
      unlinkSync(join(this.outputs, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Names of the outputs that lie here. */
  outputNames(): string[] {
    try {
      return readdirSync(this.outputs).filter((name) => /^\d+\.\d+$/.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  workerLog(name: string): string {
    return join(this.logs, `${name.replaceAll(':', '_')}.log`);
  }
}

export function outputName(job: number, attempt: number): string {
  return `${job}.${attempt}`;
}
