// Causes: stable codes for scripts, sentences for people, and the exit code that tells a job's fate.
import { constants } from 'node:os';
import type { Ending, JobState } from './job.js';

/** Signals by number, as `128 + n` in a shell's status names them; of two names for one number the first is the usual. */
const SIGNALS = new Map<number, string>();
for (const [name, number] of Object.entries(constants.signals)) if (!SIGNALS.has(number)) SIGNALS.set(number, name);

const SENTENCES: Record<string, string> = {
  timeout: 'timed out',
  not_found: 'command not found',
  not_executable: 'not executable',
  no_folder: 'its folder is missing',
  worker_lost: 'its worker died',
  expired: 'expired before it started',
  cancelled: 'cancelled',
  released: 'given back',
};

/** The ending that a shell's status means: 129 to 192 are signals, 126 and 127 have names of their own. */
export function endingOfStatus(status: number): Ending {
  if (status === 0) return { outcome: 'succeeded', cause: null, exitCode: 0 };
  if (status > 128 && status <= 192) {
    const signal = SIGNALS.get(status - 128) ?? `SIG${status - 128}`;
    return { outcome: 'failed', cause: `signal:${signal}`, exitCode: status, signal };
  }
  const cause = status === 127 ? 'not_found' : status === 126 ? 'not_executable' : `exit:${status}`;
  return { outcome: 'failed', cause, exitCode: status };
}

/** A cause as people read it: `exit:3` is "exit 3", `not_found` is "command not found". */
export function causeSentence(cause: string | null): string {
  if (cause === null) return '';
  if (cause.startsWith('exit:') || cause.startsWith('signal:')) return cause.replace(':', ' ');
  if (cause.startsWith('error:')) return cause.slice('error:'.length);
  return SENTENCES[cause] ?? cause;
}

/**
 * The exit code that tells a job's fate, for every command that tells one. Null while the job may still run.
 */
export function fateExitCode(state: JobState, cause: string | null): number | null {
  if (state === 'completed') return 0;
  if (state === 'cancelled') return 125;
  if (state !== 'dead') return null;
  const [kind, value] = (cause ?? '').split(':');
  if (kind === 'exit') return Number(value);
  if (kind === 'signal') return 128 + signalNumber(value ?? '');
  if (kind === 'timeout') return 124;
  if (kind === 'expired') return 125;
  if (kind === 'not_found') return 127;
  if (kind === 'not_executable') return 126;
  return 1;
}

function signalNumber(name: string): number {
  return constants.signals[name as NodeJS.Signals] ?? (Number(name.replace('SIG', '')) || 0);
}
