// Takes over the command of a worker that is gone: it runs on, and its slot's state file tells how it ends.
import { type AttemptState, findState } from '../process/attempt-state.js';
import { identify, lifeOf, type ProcessIdentity } from '../process/identity.js';
import { findMarked, isMarked } from '../process/marked.js';
import type { Orphan } from '../storage/runs.js';
import type { Started } from './attempt.js';

/** A process that is not our child can only be looked at. */
const LOOK_EVERY_MS = 200;

/**
 * @param states folder of the state files
 * @param mark carried by all processes of the attempt
 */
export function adoptCommand(states: string, { startedBy, job, attempt }: Orphan, mark: string): Started {
  const look = () => findState(states, startedBy, job, attempt);
  const state = look();
  const shell = state ? shellOf(state, mark) : firstMarked(mark);
  if (!shell) return { pid: null, ended: Promise.resolve(look()?.status ?? null) };
  return { pid: shell.pid, ended: gone(shell).then(() => look()?.status ?? null) };
}

/**
 * The shell that wrote the state, if it still runs. Its pid may have been given to another process since; where an
 * environment cannot be read, that one is waited for too, since two attempts at once would be worse.
 */
function shellOf({ pid, status }: AttemptState, mark: string): ProcessIdentity | undefined {
  if (status !== null || (process.platform === 'linux' && !isMarked(pid, mark))) return undefined;
  return identify(pid);
}

/** A shell that was started but had not come to write its state when its worker died. */
function firstMarked(mark: string): ProcessIdentity | undefined {
  const [pid] = findMarked(mark);
  return pid === undefined ? undefined : identify(pid);
}

async function gone(process: ProcessIdentity): Promise<void> {
  while (lifeOf(process) !== 'gone') await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
