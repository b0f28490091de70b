// Starts the shell command of a claimed job, or says why it cannot be started.
import { closeSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { failPoint } from '../fail-point.js';
import type { Ending, ShellPayload } from '../job/job.js';
import { NO_FILE_FITTED } from '../job/output-mark.js';
import { isNamed } from '../process/attempt-state.js';
import type { Launcher } from '../process/launcher.js';
import { type CommandToRun, runCommand } from '../process/run-command.js';
import type { Claim } from '../storage/claims.js';
import type { AttemptFiles } from '../storage/files.js';
import type { Started } from './attempt.js';
import { createOutput } from './output.js';

export interface ShellStart {
  claim: Claim;
  env: Record<string, string>;
  files: AttemptFiles;
  stateFile: string;
  /** The slot's own shell, when it has one that is free. */
  launcher: Launcher | undefined;
}

const DEFAULT_UMASK = 0o022;

/** The shell was killed, and most likely its command with it. */
const KILLED: Ending = { outcome: 'failed', cause: 'signal:SIGKILL', signal: 'SIGKILL' };

export async function startShell(start: ShellStart): Promise<Started | Ending> {
  const { claim, env, files, stateFile, launcher } = start;
  const { job, context } = claim;
  const { command, argv, stdin, split_output } = job.payload as ShellPayload;
  const cwd = context?.cwd ?? '/';
  const missing = folderProblem(cwd);
  if (missing) return missing;
  const toRun = {
    argv: argv ?? ['/bin/sh', '-c', command!],
    cwd,
    env: { ...env, PWD: cwd },
    umask: context?.umask ?? DEFAULT_UMASK,
    stateFile,
    job: job.number,
    attempt: job.attempt,
  };
  const output = openOutput(files.output);
  try {
    const errors = split_output ? openOutput(files.errors) : undefined;
    failPoint('output-created');
    try {
      const launched = stdin === undefined ? launcher?.run(toRun, output.file, errors?.file ?? null) : undefined;
      const opened = { output: output.descriptor, errors: errors?.descriptor };
      const running = launched ?? (await spawned({ ...toRun, ...opened }, stdin));
      const noOutput = output.problem ?? errors?.problem;
      return { ...running, noOutput, ifSilent: KILLED, hasBegun: () => isNamed(stateFile, job.number, job.attempt) };
    } finally {
      if (errors) closeSync(errors.descriptor);
    }
  } finally {
    closeSync(output.descriptor);
  }
}

interface OpenOutput {
  file: string;
  descriptor: number;
  problem?: string;
}

/** A full disk is no reason not to run a job: then nothing of its output is kept (F16). */
function openOutput(file: string): OpenOutput {
  try {
    return { file, descriptor: createOutput(file) };
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code!)) throw error;
    return { file: devNull, descriptor: openSync(devNull, 'w'), problem: NO_FILE_FITTED };
  }
}

async function spawned(command: Omit<CommandToRun, 'stdin'>, stdin: string | undefined) {
  if (stdin === undefined) return runCommand({ ...command, stdin: 'ignore' });
  const input = inputOf(`${command.stateFile}.stdin`, stdin);
  try {
    return await runCommand({ ...command, stdin: input });
  } finally {
    closeSync(input);
  }
}

/** The folder is looked at first: a start in a missing one reports the command as missing. */
function folderProblem(cwd: string): Ending | undefined {
  try {
    if (statSync(cwd).isDirectory()) return undefined;
    return { outcome: 'failed', cause: 'no_folder', detail: `${cwd} is not a folder` };
  } catch (error) {
    return { outcome: 'failed', cause: 'no_folder', detail: `${cwd}: ${(error as Error).message}` };
  }
}

/** A file without a name before it has content: nothing of it stays, whenever the worker dies. */
function inputOf(file: string, text: string): number {
  const writer = openSync(file, 'wx', 0o600);
  try {
    const reader = openSync(file, 'r');
    unlinkSync(file);
    writeFileSync(writer, text);
    failPoint('stdin-written');
    return reader;
  } finally {
    closeSync(writer);
  }
}
