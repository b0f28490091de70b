// Bundles src into dist and writes oclif.manifest.json. --types adds declarations, --watch builds again on each change.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** What is started or imported by its path; everything else goes into shared chunks. */
const ENTRY = /^(complete|index|testing|worker\/main)\.ts$/;

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

/** One CommonJS file, whose compiled code is kept (bin/compiled.js): in chunks of ES modules it takes twice as long to start. */
const AT_ONCE = {
  ...COMMON,
  format: 'cjs',
  define: { 'import.meta.url': '__url' },
  banner: {
    js: `const __url = require('node:url').pathToFileURL(__filename);
const __import = (specifier) => require('../bin/import.js')(specifier);`,
  },
  plugins: [{ name: 'finish', setup: (session) => session.onEnd(finishCode) }],
  minifyWhitespace: true, // 2 ms of reading; names stay, for what a stack says
  write: false,
};

const FAST = { ...AT_ONCE, entryPoints: ['src/enqueue-fast.ts'], outfile: 'dist/enqueue-fast.cjs' };

/** The commands are found by their files, and each is evaluated when it is asked for. */
function cli() {
  const files = filesIn(join(root, 'src/commands')).map((file) => file.replace(/\.ts$/, ''));
  const commands = files.map(
    (file) => `get '${commandId(file)}'() { return require('./commands/${file}.js').default; }`,
  );
  const contents = `
    import { main as run } from './main.js';
    export { default as init } from './hooks/init.js';
    export const COMMANDS = { ${commands.join(',\n')} };
    export const main = (argv, root) => run(argv, root, Object.keys(COMMANDS));
    export const isolated = () => require('./worker/isolated.js').isolated();`;
  return {
    ...AT_ONCE,
    stdin: { contents, resolveDir: join(root, 'src'), sourcefile: 'cli.ts', loader: 'ts' },
    outfile: 'dist/cli.cjs',
    plugins: [...AT_ONCE.plugins, { name: 'manifest', setup: (session) => session.onEnd(writeManifest) }],
  };
}

function writeManifest({ errors }) {
  if (errors.length === 0) execFileSync(process.execPath, [join(root, 'scripts/manifest.mjs')], { stdio: 'inherit' });
}

function commandId(file) {
  return file.replace(/\/index$/, '').replaceAll('/', ':');
}

/**
 * In ASCII, since it is read as Latin-1, which takes a third of the time that UTF-8 does: esbuild leaves regular expressions as
 * they are. And with an `import()` that code from the cache has.
 */
function finishCode({ outputFiles }) {
  mkdirSync(dist, { recursive: true });
  for (const { path, text } of outputFiles ?? []) {
    const code = text
      .replace(/[^\x00-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .replace(/\b(await|return) import\(/g, '$1 __import(');
    if (/(?<!["'\w])import\(/.test(code))
      throw new Error(`${path}: an import() in a place that this build does not know`);
    const build = createHash('sha256').update(code).digest('hex').slice(0, 16);
    writeFileSync(path, `${code}\n// ${build}`); // by which bin/compiled.js knows it
  }
}

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
  for (const one of [FAST, cli(), PAGE, options()]) await (await context(one)).watch();
} else {
  await build(FAST);
  await build(cli());
  await build(PAGE);
  await build(options());
  if (process.argv.includes('--types')) writeTypes();
}
