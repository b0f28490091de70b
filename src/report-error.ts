// Tells the user about an error, once, and says with which exit code to leave.
import { stripVTControlCharacters } from 'node:util';
import { ExitCode, QueuectlError } from './errors.js';
import { jsonText } from './terminal/sanitize.js';

/** How an error is told under `--json`. */
export interface ErrorDocument {
  error: {
    /** Stable name for scripts. */
    code: string;
    message: string;
    /** What to do next. */
    suggestions: string[];
    exit_code: number;
  };
}

/** Prints to standard error, or under `--json` one document to standard output. @returns the exit code */
export function reportError(thrown: unknown, json: boolean): number {
  const silent = silentExitCode(thrown);
  if (silent !== undefined) return silent;

  const error = explain(thrown);
  if (json) {
    const { code, message, suggestions, exitCode } = error;
    // On one line: it may end a stream of documents.
    const document: ErrorDocument = { error: { code, message, suggestions, exit_code: exitCode } };
    process.stdout.write(`${jsonText(document)}\n`);
  } else {
    // Ours are one sentence; what a plugin says may have lines.
    const said = thrown instanceof QueuectlError ? [error.message] : error.message.split('\n');
    const lines = [
      `queuectl: ${said[0]}`,
      ...said.slice(1),
      ...error.suggestions.map((suggestion) => `  ${suggestion}`),
    ];
    process.stderr.write(`${lines.map(visible).join('\n')}\n`);
  }
  if (process.env.QUEUECTL_DEBUG && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`);
  return error.exitCode;
}

/** `this.exit(n)`, a reader that went away, and a prompt that was interrupted have nothing to tell. */
function silentExitCode(thrown: unknown): number | undefined {
  const { code, name, message, oclif } = (thrown ?? {}) as { [key: string]: unknown; oclif?: { exit?: number } };
  if (code === 'EEXIT') return oclif?.exit ?? ExitCode.failure;
  if (code === 'EPIPE') return ExitCode.done;
  if (name === 'ExitPromptError' || message === 'SIGINT') return ExitCode.interrupted;
  return undefined;
}

function explain(thrown: unknown): QueuectlError {
  if (thrown instanceof QueuectlError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const exit = (error as { oclif?: { exit?: number } }).oclif?.exit;
  if (exit !== undefined) {
    const plain = stripVTControlCharacters(error.message);
    // 127 is how plugin-not-found says that there is no such command.
    return new QueuectlError('failed', exit === 127 ? ExitCode.usage : exit, plain, [], error);
  }
  if ('syscall' in error) return new QueuectlError('io', ExitCode.io, error.message, [], error);
  const where = process.env.QUEUECTL_DEBUG ? [] : ['set QUEUECTL_DEBUG=1 to see where'];
  return new QueuectlError('bug', ExitCode.failure, `this is a bug in queuectl: ${error.message}`, where, error);
}

/** Messages quote what users typed or stored: control characters must not reach the terminal. */
function visible(line: string): string {
  return line.replace(
    /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
