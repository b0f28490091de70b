// Starts the shell command of a claimed job, or says why it cannot be started.
import { closeSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { failPoint } from '../fail-point.js';
import type { Ending, ShellPayload } from '../job/job.js';
import { isNamed } from '../process/attempt-state.js';
import type { Launcher } from '../process/launcher.js';
import { type CommandToRun, runCommand } from '../process/run-command.js';
import type { Claim } from '../storage/claims.js';
import type { Started } from './attempt.js';
import { createOutput } from './output.js';

export interface ShellStart {
  claim: Claim;
  env: Record<string, string>;
  outputFile: string;
  stateFile: string;
  /** The slot's own shell, when it has one that is free. */
  launcher: Launcher | undefined;
}

const DEFAULT_UMASK = 0o022;

/** The shell was killed, and most likely its command with it. */
const KILLED: Ending = { outcome: 'failed', cause: 'signal:SIGKILL', signal: 'SIGKILL' };

export async function startShell(start: ShellStart): Promise<Started | Ending> {
  const { claim, env, outputFile, stateFile, launcher } = start;
  const { job, context } = claim;
  const { command, argv, stdin } = job.payload as ShellPayload;
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
  const output = createOutput(outputFile);
  failPoint('output-created');
  try {
    const launched = stdin === undefined ? launcher?.run(toRun, outputFile) : undefined;
    const running = launched ?? (await spawned(toRun, output, stdin));
    return { ...running, ifSilent: KILLED, hasBegun: () => isNamed(stateFile, job.number, job.attempt) };
  } finally {
    closeSync(output);
  }
}

async function spawned(toRun: Omit<CommandToRun, 'output' | 'stdin'>, output: number, stdin: string | undefined) {
  if (stdin === undefined) return runCommand({ ...toRun, output, stdin: 'ignore' });
  const input = inputOf(`${toRun.stateFile}.stdin`, stdin);
  try {
    return await runCommand({ ...toRun, output, stdin: input });
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
