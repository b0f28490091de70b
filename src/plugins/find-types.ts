// Asks the installed plugins for their job types. One that fails, hangs or returns nonsense costs only itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Config, type Interfaces, ModuleLoader, settings } from '@oclif/core';
import { JOB_TYPE_API, type JobType, type JobTypesHook } from '../job/job-type.js';
import { inTime } from '../job-types/in-time.js';
import { asPluginCode } from '../job-types/plugin-code.js';
import { messageOf } from '../job-types/plugin-words.js';
import { addTypes, type FoundType } from '../job-types/registry.js';
import { program } from '../program.js';

const HOOK = 'queuectl:job-types';
const PATIENCE_MS = 5000;

type HookFile = Interfaces.Plugin['hooks'][string][number];

/** Makes the types of all plugins known. @returns what is wrong with those left out */
export async function findTypes(installed: Iterable<Interfaces.Plugin>): Promise<string[]> {
  const plugins = [...installed];
  const found: FoundType[] = [];
  const warnings: string[] = [];
  const ask = async (plugin: Interfaces.Plugin) => {
    const { name, version, root, type: kind } = plugin;
    try {
      for (const hook of plugin.hooks[HOOK] ?? []) {
        const types = await inTime(
          asPluginCode(name, () => answerOf(plugin, hook)),
          PATIENCE_MS,
          'its hook',
        );
        found.push(...types.map((type) => ({ type, origin: { plugin: name, version, root, kind } })));
      }
    } catch (error) {
      warnings.push(`plugin ${name}: its job types cannot be used: ${messageOf(error)}`);
    }
  };
  await Promise.all(plugins.map(ask));
  const roots = plugins.map(({ root }) => root);
  return [...warnings, ...addTypes(found, roots)];
}

/** Without a command line, as a worker is. */
export async function installedPlugins(): Promise<Iterable<Interfaces.Plugin>> {
  const { root } = program();
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  pjson.oclif.plugins = []; // those that come with us bring no types
  return plugins({ root, pjson });
}

/** One of them alone. @param root its folder */
export function pluginAt(root: string): Promise<Iterable<Interfaces.Plugin>> {
  return plugins({ root, devPlugins: false, userPlugins: false });
}

async function plugins(options: Interfaces.Options): Promise<Iterable<Interfaces.Plugin>> {
  settings.enableAutoTranspile = false; // a linked plugin runs as it is built
  return (await Config.load(options)).plugins.values();
}

async function answerOf(plugin: Interfaces.Plugin, hook: HookFile): Promise<JobType[]> {
  const module = await ModuleLoader.load(plugin, hook.target);
  const answer: JobTypesHook = module[hook.identifier] ?? module.default ?? module;
  if (typeof answer !== 'function') throw new Error(`${hook.target} exports no function`);
  const types = await answer({ api: JOB_TYPE_API });
  if (!Array.isArray(types)) throw new Error('its hook returned no list');
  return types;
}
