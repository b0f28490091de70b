// The state file of a slot: its shell writes who runs what, and how that ended, so that another worker can take over.
//
//   line 1  job attempt pid
//   line 2  status, blank until the command has ended
//
// Both have a fixed width and are written in place: cutting a file short makes ext4 write it out at its next close, and
// the commit that follows wait for that (0.2 ms became 0.5 to 1.6 ms).
import { readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** For the shell's printf: what stands in the lines follows it. */
export const STATE_FORMAT = '%-48s\\n%-4s\\n';

/** The same, for who is no shell. It runs. */
export function stateText(job: number, attempt: number, pid: number): string {
  return `${`${job} ${attempt} ${pid}`.padEnd(48)}\n${' '.repeat(4)}\n`;
}

export interface AttemptState {
  job: number;
  attempt: number;
  pid: number;
  /** The shell's view of how the command ended; null while it runs, or when its shell was killed with it. */
  status: number | null;
  /** When this was written, epoch ms. */
  writtenAt: number;
}

export function stateFile(folder: string, worker: number, slot: number): string {
  return join(folder, `${worker}.${slot}`);
}

/** Looks through the slots of one worker. @returns undefined when none of them names this attempt */
export function findState(folder: string, worker: number, job: number, attempt: number): AttemptState | undefined {
  for (const file of stateFilesOf(folder, worker)) {
    const state = readState(file);
    if (state?.job === job && state.attempt === attempt) return state;
  }
  return undefined;
}

/** Whether a slot's file names this attempt: its shell has begun. */
export function isNamed(file: string, job: number, attempt: number): boolean {
  const state = readState(file);
  return state?.job === job && state.attempt === attempt;
}

/** Numbers of the workers that left state files. */
export function stateOwners(folder: string): number[] {
  return [...new Set(readdirSync(folder).map((name) => Number.parseInt(name, 10)))].filter(Number.isInteger);
}

export function removeStates(folder: string, worker: number): void {
  for (const file of stateFilesOf(folder, worker)) unlinkSync(file);
}

function stateFilesOf(folder: string, worker: number): string[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${worker}.`))
    .map((name) => join(folder, name));
}

function readState(file: string): AttemptState | undefined {
  let lines: string[];
  let writtenAt: number;
  try {
    lines = readFileSync(file, 'utf8').split('\n');
    writtenAt = statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
  if (lines.length < 3) return undefined; // not whole yet
  const [job, attempt, pid] = lines[0]!.trim().split(' ').map(Number);
  if (!job || !attempt || !pid) return undefined;
  const status = lines[1]!.trim();
  return { job, attempt, pid, status: status === '' ? null : Number(status), writtenAt };
}
