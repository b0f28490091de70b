// A plugin of the list that oclif cannot load, as one that was linked and whose folder is gone: one line that names it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pluginList } from '../program.js';

/** oclif's own words, to the process, name our program instead of the plugin and take six lines. @param tell in their stead */
export function tellUnloadable(tell: (warning: string) => void): void {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (warning instanceof Error && warning.name.includes(' Plugin: ')) tell(sentenceOf(warning));
    else emit(warning, ...rest);
  };
}

function sentenceOf(error: NodeJS.ErrnoException): string {
  const { name, root } = listed().find((one) => join(one.root ?? '', 'package.json') === error.path) ?? {};
  if (name === undefined) return `a plugin cannot be loaded: ${error.message}`;
  return `plugin ${name} cannot be loaded: nothing is in ${root}; queuectl plugins uninstall ${name}`;
}

function listed(): { name?: string; root?: string }[] {
  try {
    return JSON.parse(readFileSync(pluginList(process.env), 'utf8')).oclif.plugins;
  } catch {
    return [];
  }
}
