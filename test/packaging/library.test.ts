// The package as npm would install it, used as a library: the example runs from it, and is checked against its types.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';
import { root } from './run-queuectl.js';

const folder = mkdtempSync(join(tmpdir(), 'queuectl-test-library-'));
const installed = join(folder, 'node_modules', 'queuectl');
const tsc = join(root, 'node_modules/typescript/bin/tsc');
let sandbox: Sandbox;

beforeAll(() => {
  sandbox = new Sandbox('file');
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root, stdio: 'ignore' });
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, tarball!), '-C', installed, '--strip-components=1']);
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.types.json', '--outDir', join(installed, 'dist/types')], {
    cwd: root,
  });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  copyFileSync(join(root, 'examples/library/batch.mjs'), join(folder, 'batch.mjs'));
});
afterAll(async () => {
  await sandbox.remove();
  rmSync(folder, { recursive: true });
});

test('examples/library enqueues a batch, waits for it and reads what came of it', async () => {
  const bin = join(installed, 'bin/run.js');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, args, { cwd: folder, env: sandbox.env(), encoding: 'utf8' });
  expect(run(bin, 'worker', 'start', '--concurrency', '3')).toMatchObject({ status: 0 });
  const { status, stdout, stderr } = run('batch.mjs');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    '1 completed: 1',
    '2 completed: 4',
    '3 completed: 9',
    'job 0',
    '{"id":"3","state":"completed"}',
    'slept 1',
    'refused (bad_input): unknown key "comand"; did you mean "command"?',
    '',
  ]);
  expect(run(bin, 'worker', 'stop')).toMatchObject({ status: 0 });
});

test('its types fit', () => {
  const options = { module: 'NodeNext', strict: true, noEmit: true, allowJs: true, checkJs: true, target: 'ES2022' };
  const config = { compilerOptions: { ...options, types: ['node'] }, files: ['batch.mjs'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(readFileSync(join(installed, 'dist/types/index.d.ts'), 'utf8')).toContain('openQueue');
});
