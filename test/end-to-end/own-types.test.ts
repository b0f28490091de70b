// What docs/plugins.md walks: a plugin is written, tested, linked, shown and run. No registry can be reached meanwhile.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import { ended, Sandbox } from '../sandbox.js';

/** Nobody listens there. */
const OFFLINE = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_fetch_retries: '0' };

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const offline = (cwd: string, ...args: string[]) => sandbox.runWith({ env: OFFLINE, cwd }, ...args);

test('a plugin that was just created passes its own test, is linked, and its job runs', async () => {
  const made = await offline(sandbox.folder, 'plugins', 'create', 'mail');
  const folder = join(sandbox.folder, 'queuectl-plugin-mail');
  expect(made).toMatchObject({ code: 0, stdout: `${folder}\n` });
  expect(made.stderr).toContain('queuectl enqueue --type mail -p name=Ada');
  const left = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of left)
    expect(readFileSync(join(parentPath, name), 'utf8')).not.toMatch(/\{\{\w+\}\}/);

  const own = spawn('npm', ['test'], { cwd: folder, env: sandbox.env(OFFLINE), stdio: 'pipe' });
  expect(await ended(own)).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass 3\b/) });
  const check = spawn('npm', ['run', 'check'], { cwd: folder, env: sandbox.env(OFFLINE), stdio: 'pipe' });
  expect(await ended(check)).toMatchObject({ code: 0, stdout: expect.stringContaining('TypeScript is not installed') });

  expect(await offline(folder, 'plugins', 'link', '--no-install', '.')).toMatchObject({ code: 0 });
  expect(await sandbox.must('types')).toContain(`linked ${folder}`);
  const [id] = (await sandbox.must('enqueue', '--type', 'mail', '-p', 'name=Ada', '-p', 'times=2')).split('\n');
  expect((await sandbox.run('enqueue', '--type', 'mail')).stderr).toContain('mail: name takes a text');
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended(id!)).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await sandbox.must('logs', id!)).toBe('Hello, Ada!\nHello, Ada!\n');
  expect(JSON.parse(await sandbox.must('wait', id!, '--result'))).toEqual({ greeted: 'Ada', times: 2 });
});

test('what is written is a package of its own: nothing but its sources goes into its tarball', async () => {
  await sandbox.must('plugins', 'create', '@acme/mail', '--dir', 'deep/below');
  const folder = join(sandbox.folder, 'deep', 'below');
  expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name).toBe('@acme/mail');
  expect(existsSync(join(folder, '.gitignore'))).toBe(true);
  const pack = spawn('npm', ['pack', '--dry-run', '--json'], { cwd: folder, env: sandbox.env(OFFLINE), stdio: 'pipe' });
  const [{ files }] = JSON.parse((await ended(pack)).stdout);
  expect(files.map(({ path }: { path: string }) => path).sort()).toEqual(
    ['README.md', 'package.json', 'src/handler.js', 'src/job-types.js'].sort(),
  );
});

test('a folder that is in use, and a name that npm or queuectl cannot take, are refused', async () => {
  mkdirSync(join(sandbox.folder, 'full'));
  writeFileSync(join(sandbox.folder, 'full', 'mine'), 'mine');
  for (const dir of ['full', 'full/mine']) {
    const refused = await sandbox.run('plugins', 'create', 'mail', '--dir', dir);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toContain('is not an empty folder');
  }
  expect(readdirSync(join(sandbox.folder, 'full'))).toEqual(['mine']);
  for (const name of ['Mail', '../mail', '@acme', '@acme/', 'a b', 'shell', 'queuectl-plugin-', 'x'.repeat(80), '']) {
    expect(await sandbox.run('plugins', 'create', name), name).toMatchObject({ code: 2, stdout: '' });
  }
  expect(readdirSync(sandbox.folder).filter((name) => name.includes('plugin'))).toEqual([]);
});

test('bad plugins are warnings of types, on standard error and in the document', async () => {
  linkPlugin(
    sandbox,
    'queuectl-plugin-good',
    `
    const handler = { parse: (input) => input, run() {}, isolated: true, schema: { properties: { to: { type: 'string',
      description: 'whom\\x1b[2J' } }, required: ['to'] } };
    export default () => [{ name: 'good', description: 'fine\\x1b[31m', load: async () => handler }];`,
  );
  linkPlugin(sandbox, 'queuectl-plugin-thrown', `throw new Error('first line\\n\\x1b[2Jsecond');`);
  const { code, stdout, stderr } = await sandbox.run('types', '--json');
  const { types, warnings } = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(types.map(({ name, origin }: Record<string, string>) => [name, origin])).toEqual([
    ['shell', 'core'],
    ['good', 'linked'],
  ]);
  expect(warnings).toEqual([expect.stringContaining('plugin queuectl-plugin-thrown: ')]);
  expect(stderr).toContain('warning: plugin queuectl-plugin-thrown: ');
  const shown = await sandbox.must('types', 'show', 'good');
  expect(shown).toContain('isolated, each attempt in a process of its own');
  expect(shown).toContain('queuectl enqueue --type good -p to=TO');
  for (const text of [stderr, shown, await sandbox.must('types')]) expect(text).not.toContain('\x1b');
  expect(JSON.parse(await sandbox.must('types', 'show', 'good', '--json'))).toMatchObject({
    runs: 'isolated',
    fields: [{ name: 'to', required: true }],
  });
  const unknown = await sandbox.run('types', 'show', 'goood');
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toContain('did you mean "good"?');
});
