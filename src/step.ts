// A step of a shell job: a command that runs once in the life of the job, and whose output later attempts are given.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { BadInput, Conflict, ExitCode, QueuectlError } from './errors.js';
import { LARGEST_PAYLOAD } from './job/json.js';
import { checkStepName } from './job-types/run-handler.js';
import type { Queue } from './queue/queue.js';

export interface OwnAttempt {
  id: string;
  attempt: number;
}

/** Which attempt this process belongs to, as its worker has told it. @throws BadInput outside of a job */
export function ownAttempt(env: NodeJS.ProcessEnv): OwnAttempt {
  const { QUEUECTL_JOB_ID: id, QUEUECTL_ATTEMPT: attempt } = env;
  if (id && attempt) return { id, attempt: Number(attempt) };
  throw new BadInput('step works inside a job, where QUEUECTL_JOB_ID and QUEUECTL_ATTEMPT are set', [
    `queuectl enqueue '{"command":"queuectl step fetch -- ./fetch.sh && ./use.sh"}'`,
  ]);
}

/** @returns the exit code. @throws Conflict when another attempt has the job now */
export async function runStep(queue: Queue, own: OwnAttempt, name: string, argv: readonly string[]): Promise<number> {
  checkStepName(name);
  const { number } = await queue.job(own.id);
  const known = (await queue.steps.of(number)).get(name);
  if (known) {
    await written(known);
    return ExitCode.done;
  }
  const { code, output } = await run(argv);
  if (code !== 0) return code;
  if (output === undefined) {
    throw new QueuectlError('step', ExitCode.failure, `the step "${name}" printed more than 1 MB, which is not kept`, [
      'let it write to a file, and print the name of that',
    ]);
  }
  if (await queue.steps.save(number, own.attempt, name, output)) return code;
  throw new Conflict(`the step "${name}" is not kept: another attempt has job ${own.id} now`);
}

/** What it prints goes on at once. @returns undefined for the output when it is too long to be kept */
async function run([command, ...args]: readonly string[]): Promise<{ code: number; output: Buffer | undefined }> {
  const child = spawn(command!, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'ENOENT' ? 127 : 126;
      if (error.code !== 'ENOENT' && error.code !== 'EACCES') return reject(error);
      process.stderr.write(`queuectl: ${command}: ${code === 127 ? 'command not found' : 'not executable'}\n`);
      resolve(code);
    });
    child.once('close', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : code!));
  });
  let kept: Buffer[] | undefined = [];
  let bytes = 0;
  for await (const chunk of child.stdout) {
    bytes += chunk.length;
    if (bytes > LARGEST_PAYLOAD) kept = undefined;
    kept?.push(chunk);
    await written(chunk);
  }
  return { code: await ended, output: kept && Buffer.concat(kept) };
}

async function written(bytes: Buffer): Promise<void> {
  if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
}
