// Bundles a TypeScript program of the tests and runs it here: `run-test-program.mjs test/torture/main.ts ARGS`.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ensureReady } from './set-up.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [source] = process.argv.splice(2, 1);
ensureReady();
const outfile = join(root, '.tmp', `${source.replaceAll('/', '-')}-${process.pid}.mjs`);
await build({
  absWorkingDir: root,
  entryPoints: [source],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
await import(pathToFileURL(outfile).href);
