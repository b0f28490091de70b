// What is published, and what a clone installs from.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './run-queuectl.js';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const packageJson = JSON.parse(read('package.json'));

describe('oclif.manifest.json', () => {
  test('is what the built commands say (npm run build writes it)', () => {
    const script = join(root, 'scripts/manifest.mjs');
    const fresh = execFileSync(process.execPath, [script, '--print'], { encoding: 'utf8' });
    expect(read('oclif.manifest.json')).toBe(fresh);
  });

  test.runIf(process.env.CI && existsSync(join(root, '.git')))('is committed as the build writes it', () => {
    const changed = execFileSync('git', ['diff', '--name-only', 'HEAD', '--', 'oclif.manifest.json'], { cwd: root });
    expect(changed.toString()).toBe('');
  });
});

describe('package.json', () => {
  test('names each oclif plugin among its dependencies; oclif ignores the others without a word', () => {
    const { plugins } = packageJson.oclif;
    expect(Object.keys(packageJson.dependencies)).toEqual(expect.arrayContaining(plugins));
  });

  test('the lockfile holds no addresses', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });

  test('the lockfile is that of this package.json', () => {
    const [locked] = [JSON.parse(read('package-lock.json')).packages['']];
    const { dependencies, devDependencies, version } = packageJson;
    expect(locked).toMatchObject({ dependencies, devDependencies, version });
  });
});

describe('the packed tarball', () => {
  const report = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files: string[] = JSON.parse(report)[0].files.map(({ path }: { path: string }) => path);

  test('holds what running queuectl needs', () => {
    const needed = [
      'bin/compiled.js',
      'bin/import.js',
      'bin/isolated.js',
      'bin/load.js',
      'bin/run.js',
      'dist/complete.js',
      'dist/cli.cjs',
      'dist/enqueue-fast.cjs',
      'man/queuectl.1',
      'oclif.manifest.json',
      'package.json',
      'schemas/error.json',
      'LICENSE',
      'templates/plugin/.gitignore.template',
      'templates/plugin/README.md.template',
      'templates/plugin/package.json.template',
      'templates/plugin/scripts/check.js',
      'templates/plugin/src/handler.js',
      'templates/plugin/src/job-types.js',
      'templates/plugin/test/handler.test.js',
      'templates/plugin/tsconfig.json.template',
    ];
    expect(files).toEqual(expect.arrayContaining(needed));
  });

  test('holds nothing else', () => {
    const expected =
      /^(bin\/((run|load|compiled|import|isolated)\.js|package\.json)|dist\/.+\.(c?js|d\.ts)|dist\/page\/(index\.html|favicon\.svg|app-\w+\.css)|contrib\/.+|man\/queuectl\.1|templates\/plugin\/.+|schemas\/.+|[^/]+)$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    const top = files.filter((file) => !file.includes('/'));
    const known = ['package.json', 'oclif.manifest.json', 'README.md', 'CHANGELOG.md', 'LICENSE'];
    expect(top.filter((file) => !known.includes(file))).toEqual([]);
  });
});
