// Which program this is: its version, and where its files lie.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Program {
  version: string;
  /** The folder of package.json. */
  root: string;
}

let found: Program | undefined;

/** Looks upwards from this file, which lies in another place once it is bundled. */
export function program(): Program {
  for (let folder = dirname(fileURLToPath(import.meta.url)); !found; folder = dirname(folder)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      if (name === 'queuectl') found = { version, root: folder };
    } catch {
      if (folder === dirname(folder)) throw new Error('the package.json of queuectl is missing');
    }
  }
  return found;
}

/** What lies on the disk now, which an upgrade may have replaced under a running program. Undefined when it is gone. */
export function installedVersion(): string | undefined {
  try {
    return JSON.parse(readFileSync(join(program().root, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** The file in which oclif keeps the list of plugins that the user installed or linked. */
export function pluginList(env: NodeJS.ProcessEnv): string {
  const folder = env.QUEUECTL_DATA_DIR || join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'queuectl');
  return join(folder, 'package.json');
}

/** Whether users brought plugins, which may have hooks that want to see every command. A list that cannot be read counts. */
export function pluginsAreInstalled(env: NodeJS.ProcessEnv): boolean {
  try {
    return JSON.parse(readFileSync(pluginList(env), 'utf8')).oclif.plugins.length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** The entry of a process that runs one attempt of an isolated type. */
export function isolatedEntry(): string {
  return join(program().root, 'bin', 'isolated.js');
}

/** The entry of a detached worker process. */
export function workerEntry(): string {
  return join(program().root, 'dist', 'worker', 'main.js');
}
