// Starts a command in a session of its own, under a small shell that keeps the slot's state file.
import { spawn } from 'node:child_process';
import { failPoint } from '../fail-point.js';
import { STATE_FORMAT } from './attempt-state.js';

/**
 * The shell around each command. It survives the signals of the group (a trap, not an ignore: the command gets the
 * default back), so that it can report the true status. It writes its pid before it looks whether its worker lives: a
 * worker that is found dead later has either left this line, or the command never starts.
 */
const WRAPPER = `trap : TERM INT HUP QUIT
state=$1 head=$2 parent=$3 mask=$4; shift 4; umask 077
printf '${STATE_FORMAT}' "$head $$" '' 1<>"$state"
kill -0 "$parent" || exit 125
(umask "$mask"; exec "$@" 2>&3 3>&-)
status=$?
printf '${STATE_FORMAT}' "$head $$" "$status" 1<>"$state"
exit "$status"`;

export interface CommandToRun {
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
  umask: number;
  /** Descriptors to read from, and to write standard output and error to. */
  stdin: number | 'ignore';
  output: number;
  /** For standard error alone; otherwise both go to `output`. */
  errors?: number;
  stateFile: string;
  job: number;
  attempt: number;
}

export interface RunningCommand {
  /** Leader of the command's process group: the shell around it. */
  pid: number;
  /** That shell runs other commands too, and must survive this one. */
  launched: boolean;
  /** The shell's status: 0 to 255, 128 + n for a signal. Null when the shell died without telling. */
  ended: Promise<number | null>;
}

/** @throws what spawn throws, when the shell itself cannot be started */
export async function runCommand(command: CommandToRun): Promise<RunningCommand> {
  const { argv, cwd, env, umask, stdin, output, errors = output, stateFile, job, attempt } = command;
  const own = [stateFile, `${job} ${attempt}`, String(process.pid), umask.toString(8)];
  const child = spawn('/bin/sh', ['-c', WRAPPER, 'queuectl', ...own, ...argv], {
    cwd,
    env,
    detached: true,
    // The shell's own complaints ("Killed") are not the command's output: that is descriptor 3.
    stdio: [stdin, output, 'ignore', errors],
  });
  failPoint('command-spawned');
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return { pid: child.pid!, launched: false, ended };
}
