// Starts the shell command of a claimed job, or says why it cannot be started.
import { closeSync, constants, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Ending, ShellPayload } from '../job/job.js';
import { runCommand } from '../process/run-command.js';
import type { Claim } from '../storage/claims.js';
import type { Started } from './attempt.js';
import { createOutput } from './output.js';

export interface ShellStart {
  claim: Claim;
  env: Record<string, string>;
  outputFile: string;
  stateFile: string;
}

const DEFAULT_UMASK = 0o022;

export async function startShell({ claim, env, outputFile, stateFile }: ShellStart): Promise<Started | Ending> {
  const { job, context } = claim;
  const { command, argv, stdin } = job.payload as ShellPayload;
  const cwd = context?.cwd ?? '/';
  const missing = folderProblem(cwd);
  if (missing) return missing;
  const output = createOutput(outputFile);
  const input = stdin === undefined ? 'ignore' : inputOf(`${stateFile}.stdin`, stdin);
  try {
    return await runCommand({
      argv: argv ?? ['/bin/sh', '-c', command!],
      cwd,
      env,
      umask: context?.umask ?? DEFAULT_UMASK,
      stdin: input,
      output,
      stateFile,
      job: job.number,
      attempt: job.attempt,
    });
  } finally {
    closeSync(output);
    if (input !== 'ignore') closeSync(input);
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

/** A file without a name: it goes when the command has read it, also when the worker dies first. */
function inputOf(file: string, text: string): number {
  writeFileSync(file, text, { mode: 0o600 });
  const descriptor = openSync(file, constants.O_RDONLY);
  unlinkSync(file);
  return descriptor;
}
