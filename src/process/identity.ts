// Who a process is: a pid alone is reused, a pid with its start time on one boot and in one PID namespace is not.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** Opaque; equal for the same process only. */
  start: string;
}

export type Life = 'alive' | 'gone' | 'unknown';

const onLinux = process.platform === 'linux';

/** Boot id and PID namespace: where identities can be compared. Two containers of one machine share the first only. */
export function hostKey(): string {
  if (!onLinux) return `${hostname()}/-`;
  return `${bootId()}/${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`;
}

/** A new one after each reboot. */
export function bootOf(host: string): string {
  return host.split('/')[0]!;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** @returns undefined when there is no such process, or only its zombie */
export function identify(pid: number): ProcessIdentity | undefined {
  const start = onLinux ? startFromProc(pid) : startFromPs(pid);
  return start === undefined ? undefined : { pid, start };
}

export function lifeOf({ pid, start }: ProcessIdentity): Life {
  const found = identify(pid);
  if (found) return found.start === start ? 'alive' : 'gone';
  // Some systems hide other users' processes: what cannot be seen may still be there.
  return onLinux && exists(pid) && !readable(pid) ? 'unknown' : 'gone';
}

/** The kernel tells start times in ticks of a hundredth of a second, whatever its own clock is. */
const TICK_MS = 10;

/** How long a process has been there, which no change of the clock touches. @returns undefined where that is not to be had */
export function ageMs(pid: number): number | undefined {
  const start = onLinux ? startFromProc(pid) : undefined;
  if (start === undefined) return undefined;
  const upMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  return Math.max(0, upMs - Number(start) * TICK_MS);
}

/** /proc/PID/stat: state is the first field behind the name in brackets, the start time the twentieth. */
function startFromProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function startFromPs(pid: number): string | undefined {
  try {
    const { execFileSync } = process.getBuiltinModule('node:child_process'); // 2 ms that Linux need not wait for
    const told = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return told === '' || told.startsWith('Z') ? undefined : told.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

function readable(pid: number): boolean {
  try {
    readFileSync(`/proc/${pid}/stat`);
    return true;
  } catch {
    return false;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
