// Finds what is left of an attempt: the processes of its group, and those that carry its mark wherever they went.
import { readdirSync, readFileSync } from 'node:fs';

/** The variable that holds the mark. */
export const MARK = 'QUEUECTL_MARK';

/** Reads all of /proc, which costs a millisecond or more: only when something is to be ended or has been lost. */
export function findMarked(mark: string): number[] {
  return processes().filter((pid) => pid !== process.pid && isMarked(pid, mark));
}

export function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`${MARK}=${mark}`);
  } catch {
    return false; // gone, or another user's
  }
}

/** Whether a process group has living members. A zombie is none: who must reap it may take its time. */
export function groupLives(leader: number): boolean {
  return processes().some((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(group) === leader && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}

function processes(): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
