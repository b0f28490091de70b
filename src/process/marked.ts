// Finds what is left of an attempt: the processes of its group, and those that carry its mark wherever they went.
import { readdirSync, readFileSync } from 'node:fs';

/** The variable that holds the mark. */
export const MARK = 'QUEUECTL_MARK';

/** Where the processes of an attempt are found. */
export interface Tree {
  /** First process of their group: the shell around the command. Null when only the mark is left to go by. */
  leader: number | null;
  /** The leader runs other commands too: it, and what those left in its group, are not of this attempt. */
  launched: boolean;
  mark: string;
}

export interface Found {
  pid: number;
  /** Whether it has stayed in the leader's group. */
  grouped: boolean;
}

/** Reads all of /proc, which costs a millisecond or more: only when something is to be ended or has been lost. */
export function findTree({ leader, launched, mark }: Tree): Found[] {
  const found: Found[] = [];
  for (const pid of processes()) {
    if (pid === process.pid || (launched && pid === leader)) continue;
    const group = groupOf(pid);
    if (group === undefined) continue;
    const grouped = group === leader;
    const carried = markOf(pid);
    if (carried === undefined ? grouped : carried === mark) found.push({ pid, grouped });
  }
  return found;
}

export function findMarked(mark: string): number[] {
  return processes().filter((pid) => pid !== process.pid && markOf(pid) === mark);
}

export function isMarked(pid: number, mark: string): boolean {
  return markOf(pid) === mark;
}

function markOf(pid: number): string | undefined {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return entries.find((entry) => entry.startsWith(`${MARK}=`))?.slice(MARK.length + 1);
  } catch {
    return undefined; // gone, or another user's
  }
}

/** @returns undefined for a process that is gone; a zombie is: who must reap it may take its time */
function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(group);
  } catch {
    return undefined;
  }
}

function processes(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
