// The job types that a worker runs: the built-in one, and those of plugins, which may be installed while it works.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { isCommand } from '../job/job-type.js';
import { handlerOf, type KnownType, knownTypes, loadHandler } from '../job-types/registry.js';
import { tellUnloadable } from '../plugins/unloadable.js';
import { pluginList } from '../program.js';

export class ServedTypes {
  /** All that it runs; shell is always there. */
  names: readonly string[] = ['shell'];
  /** Those that run in the worker's own process. */
  inProcess: readonly string[] = [];
  #readAt: string | undefined;
  /** One look after the other: a plugin may take its time. */
  #looking: Promise<unknown> = Promise.resolve();
  /** A problem that stays is told once. */
  readonly #told = new Set<string>();

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {
    tellUnloadable((warning) => this.#warn(warning));
  }

  /**
   * Asks the plugins, when their list has changed since it was read. All code is loaded here: an upgrade may replace the
   * files later. A type that cannot be loaded, or whose plugin was removed, is not served: its jobs wait.
   * @returns the types that are new, undefined when nothing has changed
   */
  look(): Promise<KnownType[] | undefined> {
    const look = this.#looking.then(() => this.#lookNow());
    this.#looking = look.catch(() => {});
    return look;
  }

  async #lookNow(): Promise<KnownType[] | undefined> {
    const list = this.#listed();
    if (list === this.#readAt) return undefined;
    this.#readAt = list;
    const { findTypes, installedPlugins } = await import('../plugins/find-types.js');
    const plugins = [...(await installedPlugins())];
    for (const warning of await findTypes(plugins)) this.#warn(warning);
    const before = this.names;
    const loaded: KnownType[] = [];
    for (const type of knownTypes()) if (await this.#isUsable(type, plugins)) loaded.push(type);
    this.names = loaded.map(({ name }) => name);
    this.inProcess = this.names.filter(isInProcess);
    return loaded.filter(({ name }) => !before.includes(name));
  }

  async #isUsable({ name, origin }: KnownType, plugins: readonly { root: string }[]): Promise<boolean> {
    if (origin.kind === 'core') return true;
    const version = plugins.some(({ root }) => root === origin.root) ? versionAt(origin.root) : undefined;
    if (version === undefined) return false;
    if (version !== origin.version) {
      const change = `from ${origin.version} to ${version}`;
      this.#warn(`plugin ${origin.plugin} changed ${change}: queuectl worker restart loads it`);
    }
    try {
      await loadHandler(name);
      return true;
    } catch (error) {
      this.#warn((error as Error).message);
      return false;
    }
  }

  #warn(warning: string): void {
    if (!this.#told.has(warning)) this.logger.warn(warning);
    this.#told.add(warning);
  }

  /** Differs when a plugin was installed, linked or removed; undefined where there are none. */
  #listed(): string | undefined {
    try {
      const { mtimeMs, size, ino } = statSync(pluginList(this.env));
      return `${mtimeMs} ${size} ${ino}`;
    } catch {
      return undefined;
    }
  }
}

/** Undefined when nothing is there. oclif would tell what it read at first. */
function versionAt(root: string): string | undefined {
  try {
    return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** Whether jobs of this type run in the worker's own process. */
export function isInProcess(name: string): boolean {
  const handler = handlerOf(name);
  return handler !== undefined && !isCommand(handler) && !handler.isolated;
}
