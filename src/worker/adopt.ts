// Takes over the command of a worker that is gone: it runs on, and its slot's state file tells how it ends.
import type { Ending } from '../job/job.js';
import { type AttemptState, findState } from '../process/attempt-state.js';
import { ageMs, hostKey, identify, lifeOf, type ProcessIdentity } from '../process/identity.js';
import { findMarked, isMarked } from '../process/marked.js';
import { IN_WORKER } from '../storage/claims.js';
import type { Orphan } from '../storage/runs.js';
import type { Started } from './attempt.js';

/** A process that is not our child can only be looked at. */
const LOOK_EVERY_MS = 200;

const LOST: Ending = { outcome: 'lost', cause: 'worker_lost' };

/** Claimed ahead, and its worker died before its turn came: no crash of its own. */
const neverBegun: Started = {
  pid: null,
  launched: false,
  ended: Promise.resolve(null),
  ifSilent: { outcome: 'released', cause: 'released' },
  hasBegun: () => true,
};

/**
 * @param states folder of the state files
 * @param mark carried by all processes of the attempt
 */
export function adoptCommand(states: string, orphan: Orphan, mark: string): Started {
  const { startedBy, startedOn, job, attempt } = orphan;
  const look = () => findState(states, startedBy, job, attempt);
  const state = look();
  if (orphan.runner === IN_WORKER && !state) return neverBegun;
  if (startedOn !== hostKey()) return fromElsewhere(() => look()?.status ?? null, mark);
  const launcher = launcherOf(orphan, state);
  const shell = launcher ?? (state ? shellOf(state, mark) : firstMarked(mark));
  const told = () => look()?.status ?? null;
  const ended = shell && state?.status == null ? gone(shell).then(told) : Promise.resolve(told());
  const left = shell ? null : groupLeft(orphan, state);
  const launched = (launcher ?? left) != null;
  return { pid: shell?.pid ?? left, launched, ended, ifSilent: LOST, hasBegun: () => true };
}

/**
 * How long an attempt has been running, or ran, ms. The state file of one that has ended was written when it did.
 * @param timed it has a timeout, for which the clock is not good enough, since it may have been set meanwhile (F22, F23):
 *   its processes are looked for, and asked for their age
 */
export function ranMs(states: string, orphan: Orphan, mark: string, timed: boolean): number {
  const { startedBy, job, attempt, runningMs, askedAt } = orphan;
  const state = findState(states, startedBy, job, attempt);
  if (state?.status != null) return Math.max(0, runningMs - Math.max(0, askedAt - state.writtenAt));
  const ages = timed ? findMarked(mark).flatMap((pid) => ageMs(pid) ?? []) : [];
  return ages.length > 0 ? Math.max(...ages) : runningMs;
}

/**
 * Started before a reboot, or in another PID namespace: the pids that it left are not of this host, but the marks can
 * be looked for, since the processes of a namespace below this one are seen here.
 */
function fromElsewhere(told: () => number | null, mark: string): Started {
  const end = async () => {
    while (told() === null && findMarked(mark).length > 0) await pause();
    if (told() === null) await pause(); // its shell tells a moment after the command has gone
    return told();
  };
  return { pid: null, launched: false, ended: end(), ifSilent: LOST, hasBegun: () => true };
}

/**
 * The group of a launcher that was killed: what it had just forked for the command carries no mark before it is the
 * command. While a group has members its number is given to no new process, so a process of this pid means that it is empty.
 */
function groupLeft({ runner }: Orphan, state: AttemptState | undefined): number | null {
  const ranIt = runner !== null && runner !== IN_WORKER && state?.pid === Number(runner.split(' ')[0]);
  return ranIt && identify(state.pid) === undefined ? state.pid : null;
}

/**
 * The launcher of the slot, while it lives. Without its worker it ends after the command that it runs; and one that
 * the state does not name yet may still have to read its command.
 */
function launcherOf({ runner }: Orphan, state: AttemptState | undefined): ProcessIdentity | undefined {
  if (runner === null || runner === IN_WORKER) return undefined;
  const [pid, start] = runner.split(' ');
  const identity = { pid: Number(pid), start: start! };
  const concerned = state === undefined || state.pid === identity.pid;
  return concerned && lifeOf(identity) !== 'gone' ? identity : undefined;
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
  while (lifeOf(process) !== 'gone') await pause();
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}
