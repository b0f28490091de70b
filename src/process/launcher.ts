// A shell that stays: it runs one command after another, where a process of Node's own costs a millisecond each.
// Seen side by side on a busy machine: 695 commands a second through one of these, 281 by spawn.
import { type ChildProcess, spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import { failPoint } from '../fail-point.js';
import { STATE_FORMAT } from './attempt-state.js';
import { identify, type ProcessIdentity } from './identity.js';
import type { CommandToRun, RunningCommand } from './run-command.js';

/** Longer texts would not go through the pipe in one piece; they are started by spawn. */
const LONGEST_TEXT = 32 * 1024;
/** Variables that a shell acts on, or gives a meaning of its own. */
const SHELLS_OWN = /^(IFS|ENV|OPTIND|PPID|PS\d|LINENO|MAIL\w*|FPATH|CDPATH|_)$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** It reads nothing, and writes to files by their names. */
type LaunchedCommand = Omit<CommandToRun, 'stdin' | 'output' | 'errors'>;

/** dash reads a pipe in blocks; bash reads it byte by byte, which is slower than starting a process. */
export function launchersWork(): boolean {
  try {
    return process.platform === 'linux' && basename(realpathSync('/bin/sh')) === 'dash';
  } catch {
    return false;
  }
}

export class Launcher {
  #running: ((status: number | null) => void) | undefined;
  #gone = false;
  #told = '';

  private constructor(
    private readonly shell: ChildProcess,
    readonly identity: ProcessIdentity,
  ) {
    // Nothing is written but commands; a shell that died in between is noticed by its exit.
    shell.stdin!.on('error', () => {});
    (shell.stdio[3] as unknown as Writable).on('data', (text: Buffer) => this.#hear(text.toString()));
    shell.once('exit', () => {
      this.#gone = true;
      this.#end(null);
    });
    // A trap, not an ignore: commands get the default back, and a signal to the group does not end the launcher.
    shell.stdin!.write('trap : TERM INT HUP QUIT\n');
  }

  /** @returns undefined when no shell could be started */
  static start(): Launcher | undefined {
    const shell = spawn('/bin/sh', [], {
      argv0: 'queuectl', // how its complaints begin, in the output of a command that is not there
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    shell.on('error', () => {});
    const identity = shell.pid === undefined ? undefined : identify(shell.pid);
    return identity && new Launcher(shell, identity);
  }

  get alive(): boolean {
    return !this.#gone;
  }

  get usable(): boolean {
    return this.alive && this.#running === undefined;
  }

  /**
   * @param outputFile is there already, and written at its end
   * @param errorFile the same for standard error alone
   * @returns undefined for a command that needs a process of its own
   */
  run(command: LaunchedCommand, outputFile: string, errorFile: string | null): RunningCommand | undefined {
    const errors = errorFile === null ? '2>&1' : `2>>${quote(errorFile)}`;
    const text = compound(command, `>>${quote(outputFile)} ${errors}`, this.identity.pid);
    if (text === undefined || Buffer.byteLength(text) > LONGEST_TEXT) return undefined;
    const ended = new Promise<number | null>((resolve) => {
      this.#running = resolve;
    });
    this.shell.stdin!.write(text);
    failPoint('command-written');
    return { pid: this.identity.pid, launched: true, ended };
  }

  /** It ends when the command that it runs has ended. */
  close(): void {
    this.shell.stdin!.end();
    this.shell.unref();
  }

  #hear(text: string): void {
    this.#told += text;
    if (!this.#told.endsWith('\n')) return;
    const status = Number(this.#told);
    this.#told = '';
    this.#end(status);
  }

  #end(status: number | null): void {
    const resolve = this.#running;
    this.#running = undefined;
    resolve?.(status);
  }
}

/** One compound command, read whole before any of it runs. */
function compound(command: LaunchedCommand, redirections: string, pid: number): string | undefined {
  const { argv, cwd, env, umask, stateFile, job, attempt } = command;
  const names = Object.keys(env);
  if (names.some((name) => !NAME.test(name) || SHELLS_OWN.test(name))) return undefined;
  const exports = names.map((name) => `${name}=${quote(env[name]!)}`).join(' ');
  const note = (status: string) =>
    `printf '${STATE_FORMAT}' '${job} ${attempt} ${pid}' ${status} 1<>${quote(stateFile)}`;
  return [
    note("''"),
    `(exec </dev/null ${redirections} 3>&-; cd ${quote(cwd)} && umask ${umask.toString(8)} && unset OLDPWD`,
    `export ${exports}`,
    `exec ${argv.map(quote).join(' ')})`,
    `s=$?; ${note('$s')}; printf '%s\\n' $s >&3\n`,
  ].join('; ');
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
