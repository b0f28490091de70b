// The plugins in examples/ pass their own tests with the program as it is, and pack what they need and no more.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDocument, root } from '../docs/documents.js';
import { ended } from '../sandbox.js';
import { temporaryFolder } from '../storage/temporary-queue.js';

const plugins = readdirSync(join(root, 'examples')).filter((name) => name.startsWith('queuectl-plugin-'));

/** A copy beside a node_modules that has queuectl and nothing else. */
function copyOf(plugin: string): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'queuectl'));
  const copy = join(folder, plugin);
  cpSync(join(root, 'examples', plugin), copy, { recursive: true });
  return copy;
}

const run = (program: string, args: string[], cwd: string) =>
  ended(spawn(program, args, { cwd, env: { PATH: process.env.PATH, HOME: cwd }, stdio: 'pipe' }));

test.each(plugins)('%s passes its own tests', async (plugin) => {
  const { code, stdout } = await run(process.execPath, ['--test', '--test-reporter=tap'], copyOf(plugin));
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(10);
  expect(code, stdout).toBe(0);
});

test.each(plugins)('%s packs its sources and its README', async (plugin) => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--offline'], copyOf(plugin));
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const sources = readdirSync(join(root, 'examples', plugin, 'src'), { recursive: true, encoding: 'utf8' });
  const wanted = [
    'README.md',
    'package.json',
    ...sources.filter((name) => name.endsWith('.js')).map((n) => `src/${n}`),
  ];
  expect(files.map(({ path }) => path).sort()).toEqual(wanted.sort());
});

test.each(plugins)('%s needs no other package', (plugin) => {
  const manifest = JSON.parse(readFileSync(join(root, 'examples', plugin, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({
    name: plugin,
    keywords: ['oclif-plugin', 'queuectl-plugin'],
    peerDependenciesMeta: { queuectl: { optional: true } },
  });
  expect(manifest).not.toHaveProperty('dependencies');
});

test.each(plugins)('the README of %s names every field of its payload', async (plugin) => {
  const type = plugin.replace('queuectl-plugin-', '');
  const { default: handler } = await import(join(root, 'examples', plugin, 'src', `${type}.js`));
  const table = [...readDocument(`examples/${plugin}/README.md`).matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(table).toEqual(Object.keys(handler.schema.properties));
});
