// The surroundings of this process that its jobs will run in: folder, umask, user, and a few variables.
import { hostname, userInfo } from 'node:os';

export interface Surroundings {
  host: string;
  uid: number | null;
  cwd: string | null;
  umask: number | null;
  env: Record<string, string>;
}

/** Which variables a job is given: the short list, all, or none. */
export const ENV_MODES = ['default', 'all', 'none'] as const;
export type EnvMode = (typeof ENV_MODES)[number];

/** HOME, USER, LOGNAME and SHELL are used only where the worker is the same user on the same machine. */
const TAKEN = /^(PATH|LANG|LC_.*|TZ|HOME|USER|LOGNAME|SHELL)$/;

/** @throws when the current folder is gone */
export function surroundings(env: NodeJS.ProcessEnv, mode: EnvMode = 'default'): Surroundings {
  const taken = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (mode === 'all' || (mode === 'default' && TAKEN.test(entry[0]))),
  );
  return {
    host: hostname(),
    uid: ownUid(),
    cwd: process.cwd(),
    umask: process.umask(),
    env: Object.fromEntries(taken.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Null where users have no numbers. */
export function ownUid(): number | null {
  return process.getuid?.() ?? null;
}

/** `user@host`, for the record of who did what. */
export function whoami(): string {
  let user: string;
  try {
    user = userInfo().username;
  } catch {
    user = String(process.getuid?.() ?? 'unknown'); // a uid without an entry, as in some containers
  }
  return `${user}@${hostname()}`;
}
