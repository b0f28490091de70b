// `npm run surface`: writes down what scripts rely on (docs/surface.json, schemas/) and the reference drawn from it
// (docs/cli.md, man/). --check writes nothing and fails when anything differs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manPage } from './surface/man-page.mjs';
import { markdown } from './surface/markdown.mjs';
import { removals } from './surface/removals.mjs';
import { schemas } from './surface/schemas.mjs';
import { program, snapshot } from './surface/snapshot.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const checking = process.argv.includes('--check');

if (!checking) execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
const wanted = await files();
const stale = [...wanted].filter(([path, text]) => textOf(path) !== text);
const left = readdirSync(join(root, 'schemas')).filter((name) => !wanted.has(`schemas/${name}`));
const gone = removals(
  wanted,
  left.map((name) => `schemas/${name}`),
  textOf,
);
for (const line of gone) console.log(`removed or changed, which breaks scripts: ${line}`);
for (const [path, text] of checking ? [] : stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
for (const name of checking ? [] : left) rmSync(join(root, 'schemas', name));
for (const path of [...stale.map(([one]) => one), ...left.map((name) => `schemas/${name}`)]) {
  console.log(`${checking ? 'differs' : 'renewed'}: ${path}`);
}
if (checking && stale.length + left.length > 0) {
  console.log('npm run surface renews them; what is removed or changed belongs into CHANGELOG.md as a breaking change');
  process.exitCode = 1;
}

async function files() {
  const { commands, version } = JSON.parse(textOf('oclif.manifest.json'));
  const shown = Object.values(commands).filter(({ hidden }) => !hidden);
  const parts = await program(root);
  const files = new Map();
  for (const [name, schema] of schemas(shown.filter(({ enableJsonFlag }) => enableJsonFlag))) {
    files.set(`schemas/${name}.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
  const described = [...files.keys()].map((path) => path.slice('schemas/'.length, -'.json'.length)).sort();
  files.set('docs/surface.json', snapshot(shown, parts, textOf('docs/configuration.md'), described));
  const about = { version, exitCodes: textOf('docs/exit-codes.md'), configuration: textOf('docs/configuration.md') };
  files.set('docs/cli.md', markdown(shown, described));
  files.set('man/queuectl.1', manPage(shown, about));
  return files;
}

/** Empty where there is none yet. */
function textOf(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
}
