// The examples do what they say, with nothing but the program.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDocument, root } from './documents.js';
import { Shell } from './shell.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

const example = (name: string) => join(root, 'examples', name);

function folder(name: string, files: Record<string, string>): string {
  const path = join(shell.folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

test('nightly-backup.sh backs up once a day', async () => {
  const documents = folder('my documents', { 'a.txt': 'one', 'b.txt': 'two' });
  const target = folder('backup', {});
  const run = () => shell.execute([example('nightly-backup.sh'), documents, target]);
  const first = await run();
  expect(first).toMatchObject({ code: 0 });
  const [id] = /^backup-[\d-]+/.exec(first.stdout)!;
  expect(await shell.ended(id)).toMatchObject({ state: 'completed', queue: 'backup', maxRetries: 5 });
  const archive = join(target, `${id}.tar.gz`);
  const names = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n').sort();
  expect(names).toEqual(['./', './a.txt', './b.txt']);
  expect(readdirSync(target)).toEqual([`${id}.tar.gz`]);
  const second = await run();
  expect(second.code).toBe(0);
  // At midnight the second run is the next day's.
  if (second.stdout.startsWith(id)) expect(second.stdout).toBe(`${id} was enqueued before\n`);
});

test('nightly-backup.sh tells what is wrong when it cannot enqueue', async () => {
  writeFileSync(shell.db, '');
  const { code, stderr } = await shell.execute([example('nightly-backup.sh'), '/from', '/to']);
  expect(code).toBe(74);
  expect(stderr).toContain('is empty (0 bytes)');
});

test('convert-folder.sh compresses each file and lists what failed', async () => {
  const files = { 'one.txt': 'first', "it's two.txt": 'second', 'three.txt': 'third', 'three.txt.gz': 'in the way' };
  const path = folder('to convert', files);
  const { code, stdout } = await shell.execute([example('convert-folder.sh'), path]);
  expect(code).toBe(0);
  expect(stdout).toContain('0 to do, 2 done, 1 failed\n');
  expect(stdout).toMatch(/exit 2 .*three\.txt/);
  for (const name of ['one.txt', "it's two.txt"] as const) {
    expect(existsSync(join(path, name))).toBe(false);
    expect(gunzipSync(readFileSync(join(path, `${name}.gz`))).toString()).toBe(files[name]);
  }
});

test('redrive-after-fix.sh runs again what failed for one reason', async () => {
  const { code, stdout } = await shell.execute([example('redrive-after-fix.sh')]);
  expect(code).toBe(0);
  const names = ['north', 'south', 'west'];
  const ids = names.map((name) => `report-${name}`);
  const reports = names.map((name) => `report on ${name}: fine`);
  expect(stdout.trim().split('\n')).toEqual([...ids, 'failed for want of the program:', ...ids, ...reports]);
});

test('examples/README.md names every example', () => {
  const there = readdirSync(join(root, 'examples')).filter((name) => name !== 'README.md');
  const named = [...readDocument('examples/README.md').matchAll(/^\| \[([^\]]+)\]/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(there.sort());
});
