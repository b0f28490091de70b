// Writes oclif.manifest.json from the commands in dist, so that oclif need not load them to know them.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin, settings } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns the text of the manifest; the same sources always give the same text */
async function manifestText() {
  settings.enableAutoTranspile = false;
  const plugin = new Plugin({
    root,
    type: 'core',
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  const { commands, version } = plugin.manifest;
  const byId = Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({ commands: Object.fromEntries(byId), version }, null, 2)}\n`;
}

const file = join(root, 'oclif.manifest.json');
const text = await manifestText();
if (process.argv.includes('--print')) process.stdout.write(text);
else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
