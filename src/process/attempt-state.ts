// The state file of a slot: its shell writes who runs what, and how that ended, so that another worker can take over.
//
//   line 1  job attempt pid     before the command starts
//   line 2  status              after it ended
import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface AttemptState {
  job: number;
  attempt: number;
  pid: number;
  /** The shell's view of how the command ended; null while it runs, or when its shell was killed with it. */
  status: number | null;
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
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
  if (lines.length < 2) return undefined; // the first line is not whole yet
  const [job, attempt, pid] = lines[0]!.split(' ').map(Number);
  if (!job || !attempt || !pid) return undefined;
  return { job, attempt, pid, status: lines.length > 2 ? Number(lines[1]) : null };
}
