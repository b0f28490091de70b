// Bundles src into dist and writes oclif.manifest.json. --types adds declarations, --watch builds again on each change.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** What is started or imported by its path; everything else goes into shared chunks. */
const ENTRY = /^(complete|index|testing|main|worker\/(main|isolated)|(commands|hooks)\/.+)\.ts$/;

/** Bundling CommonJS packages into ESM leaves calls of require in them. */
const REQUIRE = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

const COMMON = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  external: ['better-sqlite3', 'pg', 'pg-native', 'pgpass', 'typescript', 'ts-node', 'tsx'],
  legalComments: 'eof',
  logLevel: 'warning',
};

/** One CommonJS file: as ES modules in chunks the same code takes 20 ms longer to start. */
const FAST = {
  ...COMMON,
  entryPoints: ['src/enqueue-fast.ts'],
  outfile: 'dist/enqueue-fast.cjs',
  format: 'cjs',
  define: { 'import.meta.url': '__url' },
  banner: { js: `const __url = require('node:url').pathToFileURL(__filename);` },
};

/** The dashboard's page; the names of its files change with what is in them. */
const PAGE = {
  absWorkingDir: root,
  bundle: true,
  entryPoints: { app: 'src/web/page/main.tsx' },
  outdir: 'dist/page',
  entryNames: '[name]-[hash]',
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  metafile: true,
  legalComments: 'eof',
  logLevel: 'warning',
  plugins: [{ name: 'html', setup: (session) => session.onEnd(writePage) }],
};

function writePage({ errors, metafile }) {
  if (errors.length > 0) return;
  const [source, target] = [join(root, 'src/web/page'), join(dist, 'page')];
  const names = Object.keys(metafile.outputs).map((file) => relative('dist/page', file));
  let html = readFileSync(join(source, 'index.html'), 'utf8');
  for (const name of names) html = html.replace(name.replace(/^app-\w+/, 'APP'), name);
  writeFileSync(join(target, 'index.html'), html);
  copyFileSync(join(source, 'favicon.svg'), join(target, 'favicon.svg'));
  for (const file of readdirSync(target))
    if (file.startsWith('app-') && !names.includes(file)) rmSync(join(target, file));
}

function options() {
  const entries = filesIn(join(root, 'src')).filter((file) => ENTRY.test(file));
  return {
    ...COMMON,
    entryPoints: entries.map((file) => `src/${file}`),
    outbase: 'src',
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    format: 'esm',
    banner: { js: REQUIRE },
    metafile: true,
    plugins: [{ name: 'finish', setup: (session) => session.onEnd(finish) }],
  };
}

function finish({ errors, metafile }) {
  if (errors.length > 0) return;
  removeOthers(Object.keys(metafile.outputs));
  execFileSync(process.execPath, [join(root, 'scripts/manifest.mjs')], { stdio: 'inherit' });
  writeFileSync(join(dist, '.built'), '');
  console.error(`built dist (${Object.keys(metafile.outputs).length} files)`);
}

/** Files of earlier builds go only now: dist is never without a working program. */
function removeOthers(outputs) {
  const current = new Set(outputs.map((file) => relative('dist', file)));
  for (const file of filesIn(dist)) {
    if (file.endsWith('.js') && !file.startsWith('page/') && !current.has(file)) rmSync(join(dist, file));
  }
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => relative(folder, join(file.parentPath, file.name)).replaceAll('\\', '/')).sort();
}

function writeTypes() {
  rmSync(join(dist, 'types'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], { cwd: root, stdio: ['ignore', 2, 2] });
}

if (process.argv.includes('--watch')) {
  for (const one of [FAST, PAGE, options()]) await (await context(one)).watch();
} else {
  await build(FAST);
  await build(PAGE);
  await build(options());
  if (process.argv.includes('--types')) writeTypes();
}
