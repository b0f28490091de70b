// Whether this is a container, and who takes care of orphans in it.
import { existsSync, readFileSync } from 'node:fs';

/** As good as one can tell. */
export function inContainer(env: NodeJS.ProcessEnv): boolean {
  if (process.platform !== 'linux') return false;
  const files = ['/.dockerenv', '/run/.containerenv'];
  return files.some((file) => existsSync(file)) || Boolean(env.KUBERNETES_SERVICE_HOST || env.container);
}

/** Name of process 1; undefined where that is hidden. */
export function initName(): string | undefined {
  try {
    return readFileSync('/proc/1/comm', 'utf8').trim();
  } catch {
    return undefined;
  }
}
