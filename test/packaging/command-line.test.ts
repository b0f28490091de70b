// What every command line can count on, tried on the real binary with the commands that need no queue.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { queuectl, queuectlWith, root } from './run-queuectl.js';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('version and help', () => {
  test.each(['--version', '-v', 'version'])('%s prints the same line', (word) => {
    const line = `queuectl/${version} ${process.platform}-${process.arch} node-${process.version}\n`;
    expect(queuectl(word)).toEqual({ code: 0, out: line, err: '' });
  });

  test('no command, --help, -h and help show the commands', () => {
    const shown = [queuectl(), queuectl('--help'), queuectl('-h'), queuectl('help')];
    expect(shown.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(new Set(shown.map(({ out }) => out)).size).toBe(1);
    expect(shown[0]!.out).toContain('$ queuectl [COMMAND]');
  });

  test('the plugins that come with queuectl are there', () => {
    const { out } = queuectl('plugins', '--core');
    for (const name of ['help', 'not-found', 'plugins', 'version']) {
      expect(out).toContain(`@oclif/plugin-${name}`);
    }
  });
});

describe('a topic', () => {
  test('without its command shows the commands that it has', () => {
    const { code, out, err } = queuectl('worker');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('worker start');
  });
});

describe('a command line that cannot be used', () => {
  test('a flag that cannot be read is named with what it takes', () => {
    const { code, out, err } = queuectl('worker', 'start', '--count', 'many');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^queuectl: --count: Expected an integer but received: many\n {2}queuectl worker start --help/);
  });

  test('a command of a topic that is mistyped gets the nearest one', () => {
    const { code, err } = queuectl('worker', 'strat');
    expect(code).toBe(2);
    expect(err).toContain('did you mean queuectl worker start?\n  queuectl worker --help lists the commands\n');
  });

  test('an unknown command exits 2 with one sentence and the nearest command', () => {
    expect(queuectl('versoin')).toEqual({
      code: 2,
      out: '',
      err: 'queuectl: no such command: versoin\n  did you mean queuectl version?\n  queuectl --help lists the commands\n',
    });
  });

  test('an unknown flag exits 2 and names the nearest one', () => {
    const { code, out, err } = queuectl('version', '--verbsoe');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toBe(
      'queuectl: unknown flag: --verbsoe\n  did you mean --verbose?\n  queuectl version --help shows what it takes\n',
    );
  });

  test('a missing argument exits 2 and is named', () => {
    const { code, err } = queuectl('plugins', 'install');
    expect(code).toBe(2);
    expect(err).toContain('queuectl: missing: PLUGIN\n');
  });

  test('an argument too many exits 2 and is named', () => {
    const { code, err } = queuectl('version', 'now');
    expect(code).toBe(2);
    expect(err).toContain('queuectl: unexpected argument: now\n');
  });

  test('a flag before the command is explained', () => {
    const { code, err } = queuectl('--db', 'x.db', 'version');
    expect(code).toBe(2);
    expect(err).toContain('flags come after the command');
  });

  test('control characters in it do not reach the terminal', () => {
    expect(queuectl('\u001b[31mred').err).toContain('no such command: \\x1b[31mred\n');
  });

  test.each([
    ['versoin', '--json'],
    ['version', '--verbsoe', '--json'],
    ['plugins', 'install', '--json'],
    ['worker', 'start', '--count', 'many', '--json'],
  ])('%s %s: under --json it is one short document', (...argv) => {
    const { code, out, err } = queuectl(...argv);
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(JSON.parse(out)).toEqual({
      error: {
        code: 'bad_input',
        message: expect.any(String),
        suggestions: expect.arrayContaining([expect.any(String)]),
        exit_code: 2,
      },
    });
  });
});

describe('whatever surrounds it', () => {
  test.each(['test', 'development'])('NODE_ENV=%s does not send oclif to the TypeScript sources', (NODE_ENV) => {
    expect(queuectlWith({ NODE_ENV }, 'version')).toMatchObject({ code: 0, err: '' });
  });

  test('a home that cannot be written to is no obstacle', () => {
    expect(queuectlWith({ HOME: '/proc/nowhere' }, 'version')).toMatchObject({ code: 0, err: '' });
  });

  test('a reader that goes away is no error', () => {
    const script = `"$NODE" "$BIN" --help | true; echo "\${PIPESTATUS[0]}"`;
    const env = { PATH: process.env.PATH, NODE: process.execPath, BIN: join(root, 'bin/run.js') };
    const { stdout, stderr } = spawnSync('bash', ['-c', script], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });
});
