// Where Node keeps no compiled code itself, the fast path does: it may only ever make a start quicker.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAM, Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  await sandbox.must('initdb');
});
afterEach(() => sandbox.remove());

const keepsItself = 'enableCompileCache' in module;

function kept(): string[] {
  const folder = join(sandbox.folder, '.cache/queuectl');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe.skipIf(keepsItself)('compiled code', () => {
  test('is kept by the first enqueue and used by the next', async () => {
    expect(await sandbox.must('enqueue', '--', 'true')).toBe('1\n');
    const [file, ...others] = kept();
    expect(others).toEqual([]);
    const before = readFileSync(file!);
    expect(await sandbox.must('enqueue', '--', 'true')).toBe('2\n');
    expect(readFileSync(file!).equals(before)).toBe(true);
  });

  test('serves a person at a terminal as well: from the second time on it asked for a module that it could not have', () => {
    for (const id of ['1', '2', '3']) {
      const stderr = openSync('/dev/null', 'w'); // a device, as a terminal is
      const { status, stdout } = spawnSync(process.execPath, [PROGRAM, 'enqueue', '--', 'true'], {
        env: sandbox.env(),
        stdio: ['ignore', 'pipe', stderr],
        encoding: 'utf8',
      });
      closeSync(stderr);
      expect({ status, stdout }).toEqual({ status: 0, stdout: `${id}\n` });
    }
  });

  test.each([
    ['garbage', 'not compiled code'],
    ['empty', ''],
  ])('that is %s is made anew', async (_, content) => {
    await sandbox.must('enqueue', '--', 'true');
    const [file] = kept();
    writeFileSync(file!, content);
    expect(await sandbox.must('enqueue', '--', 'true')).toBe('2\n');
    expect(readFileSync(kept()[0]!).length).toBeGreaterThan(1000);
  });

  test('that others could write is not run', async () => {
    await sandbox.must('enqueue', '--', 'true');
    const [file] = kept();
    chmodSync(file!, 0o666);
    expect(await sandbox.must('enqueue', '--', 'true')).toBe('2\n');
  });

  test('that cannot be kept stops nothing', async () => {
    mkdirSync(join(sandbox.folder, '.cache'));
    writeFileSync(join(sandbox.folder, '.cache/queuectl'), 'a file in the way');
    expect(await sandbox.run('enqueue', '--', 'true')).toEqual({ code: 0, stdout: '1\n', stderr: '' });
  });
});
