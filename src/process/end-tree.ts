// Ends an attempt's whole tree: TERM, CONT, a grace period, KILL, and again for whatever is found then.
import { failPoint } from '../fail-point.js';
import { identify } from './identity.js';
import { findTree, type Tree } from './marked.js';
import { killGroup, safeKill } from './safe-kill.js';

const LOOK_EVERY_MS = 50;
/** A process that forks while we look may escape one sweep, not many. */
const SWEEPS = 20;

/** @param graceMs time between the first signal and KILL; 0 kills at once */
export async function endTree(tree: Tree, graceMs: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  const until = performance.now() + graceMs;
  if (graceMs > 0) {
    signalTree(tree, signal);
    signalTree(tree, 'SIGCONT'); // a stopped process does not see the first one
    failPoint('tree-signalled');
    while (performance.now() < until && anyoneLeft(tree)) await pause(LOOK_EVERY_MS);
  }
  for (let sweep = 0; sweep < SWEEPS && signalTree(tree, 'SIGKILL'); sweep++) await pause(5);
}

/** Each process once. @returns whether any were found */
function signalTree(tree: Tree, signal: NodeJS.Signals): boolean {
  const found = findTree(tree);
  // A whole group in one call leaves nobody time to fork; a launcher's group holds others too.
  const group = tree.launched ? null : tree.leader;
  if (group !== null) killGroup(group, signal);
  for (const { pid, grouped } of found) {
    const identity = group !== null && grouped ? undefined : identify(pid);
    if (identity) safeKill(identity, signal);
  }
  return found.length > 0;
}

function anyoneLeft(tree: Tree): boolean {
  if (process.platform === 'linux') return findTree(tree).length > 0;
  return tree.leader !== null && killGroup(tree.leader, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
