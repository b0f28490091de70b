// The way into oclif: runs one command line and is the only place where errors are told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, settings } from '@oclif/core';
import { wantsJson } from './argv.js';
import { runningPlugin } from './job-types/plugin-code.js';
import { tellUnloadable } from './plugins/unloadable.js';
import { reportError } from './report-error.js';

/** @param root the folder of our package.json */
export async function main(argv: string[], root: string): Promise<void> {
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
    const isOurs = isOwnCommand(argv, root);
    const pjson = readJson(join(root, 'package.json'));
    if (isOurs) pjson.oclif.plugins = [];
    await run(argv, { root, pjson });
    if (isOurs) leave(Number(process.exitCode ?? 0)); // code of plugins may have left a timer
  } catch (error) {
    fail(error);
  }
}

/**
 * Our own commands need none of the plugins that come with us, and not loading those saves a tenth of the start.
 * What the user installed is always loaded.
 */
function isOwnCommand(argv: string[], root: string): boolean {
  const { commands } = readJson(join(root, 'oclif.manifest.json'));
  return [argv[0], `${argv[0]}:${argv[1]}`].some((id) => Object.hasOwn(commands, id ?? ''));
}

function readJson(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Ends at once, whatever timers or handles the command left, but not before its words are out. */
function leave(exitCode: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
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
