// Where Node keeps no compiled code itself, the program does: it may only ever make a start quicker.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ended, PROGRAM, type Result, Sandbox } from '../sandbox.js';

const LOADER = fileURLToPath(new URL('../../bin/compiled.js', import.meta.url));
const keepsItself = 'enableCompileCache' in module;

/** Each keeps the code of its bundle. */
const BUNDLES: [bundle: string, argv: string[], said: RegExp][] = [
  ['enqueue-fast', ['enqueue', '--', 'true'], /^\d+\n$/],
  ['cli', ['status', '--json'], /"pending"/],
];

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox('file');
  await sandbox.must('initdb');
});
afterEach(() => sandbox.remove());

/** With a cache of the test's own. */
async function run(env: NodeJS.ProcessEnv, ...argv: string[]): Promise<Result> {
  return ended(sandbox.start(argv, { XDG_CACHE_HOME: cache(), ...env }));
}

function cache(): string {
  return join(sandbox.folder, '.cache');
}

function kept(): string[] {
  if (!existsSync(cache())) return [];
  return readdirSync(cache(), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe.skipIf(keepsItself).each(BUNDLES)('compiled code of %s', (bundle, argv, said) => {
  const works = async () => {
    const { code, stdout, stderr } = await run({}, ...argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(said);
  };

  test('is kept by the first start and used by the next', async () => {
    await works();
    const [file, ...others] = kept();
    expect(file).toContain(`${bundle}-`);
    expect(others).toEqual([]);
    const before = readFileSync(file!);
    await works();
    expect(kept()).toEqual([file]);
    expect(readFileSync(file!).equals(before)).toBe(true);
  });

  test('is kept apart for other flags of Node, and that of an older build goes', async () => {
    await works();
    const [plain] = kept();
    const before = readFileSync(plain!);
    const old = join(dirname(plain!), '1-2-v20');
    writeFileSync(old, 'of an older build');
    for (const _ of [1, 2]) await run({ NODE_OPTIONS: '--max-old-space-size=300' }, ...argv);
    expect(kept()).toHaveLength(2);
    expect(kept()).not.toContain(old);
    await works();
    expect(kept()).toHaveLength(2);
    expect(readFileSync(plain!).equals(before)).toBe(true);
  });

  test('serves a person at a terminal as well: from the second time on it asked for a module that it could not have', () => {
    for (const _ of [1, 2, 3]) {
      const stderr = openSync('/dev/null', 'w'); // a device, as a terminal is
      const { status, stdout } = spawnSync(process.execPath, [PROGRAM, ...argv], {
        env: sandbox.env({ XDG_CACHE_HOME: cache() }),
        stdio: ['ignore', 'pipe', stderr],
        encoding: 'utf8',
      });
      closeSync(stderr);
      expect(status).toBe(0);
      expect(stdout).toMatch(said);
    }
  });

  test.each([
    ['garbage', 'not compiled code'],
    ['empty', ''],
  ])('that is %s is made anew', async (_, content) => {
    await works();
    const [file] = kept();
    writeFileSync(file!, content);
    await works();
    expect(readFileSync(kept()[0]!).length).toBeGreaterThan(1000);
  });

  test('that others could write is not run', async () => {
    await works();
    const [file] = kept();
    chmodSync(file!, 0o666);
    await works();
  });

  test('that cannot be kept stops nothing', async () => {
    writeFileSync(cache(), 'a file in the way');
    await works();
    rmSync(cache());
    mkdirSync(cache());
    writeFileSync(join(cache(), 'queuectl'), 'a file in the way');
    await works();
  });

  test('that the disk has no room for leaves nothing behind', () => {
    const { status, stdout } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 64; "$@"', 'bash', process.execPath, PROGRAM, ...argv],
      {
        env: sandbox.env({ XDG_CACHE_HOME: cache() }),
        encoding: 'utf8',
      },
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(said);
    expect(existsSync(cache())).toBe(true);
    expect(kept()).toEqual([]);
  });
});

test.skipIf(keepsItself)('code of a build of the same length and time is told apart', () => {
  const bundle = join(sandbox.folder, 'bundle.cjs');
  const load = `require(${JSON.stringify(LOADER)})(${JSON.stringify(bundle)}, ${JSON.stringify(cache())})`;
  const said = ['one', 'two', 'one'].flatMap((word) => {
    writeFileSync(bundle, `module.exports = () => '${word}'; // ${word}`);
    utimesSync(bundle, 0, 0);
    const ask = () => spawnSync(process.execPath, ['-p', `${load}()`], { encoding: 'utf8' });
    return [ask(), ask()].map(({ stdout, stderr }) => stdout + stderr);
  });
  expect(said).toEqual(['one\n', 'one\n', 'two\n', 'two\n', 'one\n', 'one\n']);
  expect(kept()).toHaveLength(1);
});
