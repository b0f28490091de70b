// The job types that a worker runs: the built-in one, and those of plugins, which may be installed while it works.
import { statSync } from 'node:fs';
import type { Logger } from 'pino';
import { isCommand } from '../job/job-type.js';
import { handlerOf, type KnownType, knownTypes, loadHandler } from '../job-types/registry.js';
import { pluginList } from '../program.js';

export class ServedTypes {
  /** All that it runs; shell is always there. */
  names: readonly string[] = ['shell'];
  /** Those that run in the worker's own process. */
  inProcess: readonly string[] = [];
  #readAt: string | undefined;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  /**
   * Asks the plugins, when their list has changed since it was read. All code is loaded here: an upgrade may replace the
   * files later. A type that cannot be loaded is not served: its jobs wait.
   * @returns the types that are new
   */
  async look(): Promise<KnownType[]> {
    const list = this.#listed();
    if (list === this.#readAt) return [];
    this.#readAt = list;
    if (list === undefined) return [];
    const { findTypes, installedPlugins } = await import('../plugins/find-types.js');
    for (const warning of await findTypes(await installedPlugins())) this.logger.warn(warning);
    const before = this.names;
    const loaded: KnownType[] = [];
    for (const type of knownTypes()) {
      try {
        await loadHandler(type.name);
        loaded.push(type);
      } catch (error) {
        this.logger.warn((error as Error).message);
      }
    }
    this.names = loaded.map(({ name }) => name);
    this.inProcess = this.names.filter(isInProcess);
    return loaded.filter(({ name }) => !before.includes(name));
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

/** Whether jobs of this type run in the worker's own process. */
export function isInProcess(name: string): boolean {
  const handler = handlerOf(name);
  return handler !== undefined && !isCommand(handler) && !handler.isolated;
}
