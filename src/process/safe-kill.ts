// The only place that sends signals: to a checked identity, or to a process group that we started.
import { lifeOf, type ProcessIdentity } from './identity.js';

/** @returns false when the process was gone or is another one */
export function safeKill(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return lifeOf(identity) === 'alive' && send(identity.pid, signal);
}

/** @param leader the group's first process; its pid is the group's number. @returns false when the group is empty */
export function killGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  return send(-leader, signal);
}

/** 0, 1 and -1 would reach ourselves, init, or everything. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  if (!Number.isInteger(target) || Math.abs(target) <= 1) throw new Error(`refused to signal ${target}`);
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return signal === 0;
    throw error;
  }
}
