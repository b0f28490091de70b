// Ends an attempt's whole tree: TERM, CONT, a grace period, KILL, then whatever left the group.
import { identify } from './identity.js';
import { findMarked, groupLives } from './marked.js';
import { killGroup, safeKill } from './safe-kill.js';

const LOOK_EVERY_MS = 50;

/**
 * @param leader pid of the process group's first process, started by us and not yet reaped or known to be ours
 * @param mark what every process of the attempt carries in its environment
 * @param graceMs time between the first signal and KILL
 */
export async function endTree(
  leader: number,
  mark: string,
  graceMs: number,
  signal: NodeJS.Signals = 'SIGTERM',
): Promise<void> {
  const until = performance.now() + graceMs;
  killGroup(leader, signal);
  signalMarked(mark, signal);
  killGroup(leader, 'SIGCONT'); // a stopped process does not see the first one
  while (performance.now() < until && anyoneLeft(leader, mark)) await pause(LOOK_EVERY_MS);
  killGroup(leader, 'SIGKILL');
  // A process that forks while we look may escape one sweep, not many.
  for (let sweep = 0; sweep < 20 && signalMarked(mark, 'SIGKILL') > 0; sweep++) await pause(5);
}

function anyoneLeft(leader: number, mark: string): boolean {
  const group = process.platform === 'linux' ? groupLives(leader) : killGroup(leader, 0);
  return group || findMarked(mark).length > 0;
}

function signalMarked(mark: string, signal: NodeJS.Signals): number {
  const found = findMarked(mark);
  for (const pid of found) {
    const identity = identify(pid);
    if (identity) safeKill(identity, signal);
  }
  return found.length;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
