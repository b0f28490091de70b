// The way into oclif: runs one command line and is the only place where errors are told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { wantsJson } from './argv.js';
import { runningPlugin } from './job-types/plugin-code.js';
import { Plugin, run, settings } from './oclif.js';
import { tellUnloadable } from './plugins/unloadable.js';
import { pluginsAreInstalled } from './program.js';
import { reportError } from './report-error.js';

/**
 * @param root the folder of our package.json
 * @param commands the ids of our own commands
 */
export async function main(argv: string[], root: string, commands: readonly string[]): Promise<void> {
  leaveWhenNobodyReads();
  // Under NODE_ENV=test or development oclif would look for our TypeScript sources.
  settings.enableAutoTranspile = false;
  const warn = (warning: string) => process.stderr.write(`warning: ${warning}\n`);
  tellUnloadable(warn);
  const fail = (error: unknown) => leave(reportError(error, wantsJson(argv)));
  process.on('uncaughtException', (error) => {
    const plugin = runningPlugin();
    if (plugin === undefined) fail(error);
    else warn(`plugin ${plugin}: its code threw where nobody awaited it: ${error?.message ?? error}`);
  });
  try {
    const own = ownCommand(argv, commands);
    const pjson = readJson(join(root, 'package.json'));
    if (own) pjson.oclif.plugins = [];
    const alone = own && !asksForHelp(argv) && !pluginsAreInstalled(process.env);
    await run(argv, alone ? { root, pjson, plugins: await only(own, root, pjson) } : { root, pjson });
    if (own) leave(Number(process.exitCode ?? 0)); // code of plugins may have left a timer
  } catch (error) {
    fail(error);
  }
}

/**
 * Our own commands need none of the plugins that come with us, and not loading those saves a tenth of the start.
 * What the user installed is always loaded.
 */
function ownCommand([topic, word]: string[], commands: readonly string[]): string | undefined {
  return [`${topic}:${word}`, topic].find((id) => commands.includes(id ?? ''));
}

function asksForHelp(argv: string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

/** Us with that one command: oclif sorts all that it knows of by the rules of the locale, which takes 9 ms to load. */
async function only(id: string, root: string, pjson: Interfaces.PJSON): Promise<Map<string, Plugin>> {
  const plugin = new Plugin({ root, pjson, isRoot: true });
  const { commands, version } = readJson(join(root, 'oclif.manifest.json'));
  Object.assign(plugin, { _manifest: async () => ({ version, commands: { [id]: commands[id] } }) });
  await plugin.load();
  return new Map([[plugin.name, plugin]]);
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Ends at once, whatever timers or handles the command left, but not before its words are out, and what nobody awaited is told. */
function leave(exitCode: number): void {
  const exit = () => process.exit(exitCode);
  process.stdout.write('', () => process.stderr.write('', () => setImmediate(exit)));
}

/** `queuectl list | head` ends quietly. */
function leaveWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
      throw error;
    });
  }
}
