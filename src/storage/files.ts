// The folder beside the database: outputs, results, worker logs, and the state files of running attempts.
import { mkdirSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** 1 is standard output (with standard error, unless they were split), 2 is standard error. */
export type Stream = 1 | 2;

/** Paths of what a running attempt writes. */
export interface AttemptFiles {
  output: string;
  /** Standard error, where it was split off. */
  errors: string;
  /** There when the job made it. */
  result: string;
  /** There when a handler in a process of its own has ended. */
  end: string;
}

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

  /** Numbers only: an id never becomes a file name. */
  attempt(job: number, attempt: number): AttemptFiles {
    const output = this.output(job, attempt);
    return { output, errors: `${output}.err`, result: `${output}.result`, end: `${output}.end` };
  }

  output(job: number, attempt: number, stream: Stream = 1): string {
    return join(this.outputs, outputName(job, attempt, stream));
  }

  /** Also one that the job has turned into a folder. */
  removeOutput(name: string): void {
    const file = join(this.outputs, name);
    try {
      unlinkSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') rmSync(file, { recursive: true });
    }
  }

  /** All that one attempt left. @param name of its output */
  removeOutputs(name: string): void {
    for (const one of [name, gapName(name), `${name}.err`, gapName(`${name}.err`)]) this.removeOutput(one);
  }

  /** Names of the outputs that lie here, and of what belongs to them. */
  outputNames(): string[] {
    try {
      return readdirSync(this.outputs).filter((name) => /^\d+\.\d+(\.[a-z]+)*$/.test(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  workerLog(name: string): string {
    return join(this.logs, `${name.replaceAll(':', '_')}.log`);
  }
}

export function outputName(job: number, attempt: number, stream: Stream = 1): string {
  return stream === 1 ? `${job}.${attempt}` : `${job}.${attempt}.err`;
}

/** Of the file that says which part of an output was cut. */
export function gapName(output: string): string {
  return `${output}.gap`;
}
