// Numbers, times, ids and JSON at the edges, wherever they can be given: refused with exit code 2, or taken as they are.
import { expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';

async function withSandbox(use: (sandbox: Sandbox) => Promise<void>): Promise<void> {
  const sandbox = new Sandbox();
  try {
    await sandbox.enqueue({ id: 'taken', command: 'true', run_at: '+30d' });
    await use(sandbox);
  } finally {
    await sandbox.remove();
  }
}

/** Each is refused by a sentence that names what it is about, and not with all that was typed. */
async function refusesAll(lines: [args: string[], named: string, stdin?: string][]): Promise<void> {
  await withSandbox(async (sandbox) => {
    for (const [args, named, stdin] of lines) {
      const { code, stdout, stderr } = await sandbox.runWith({ stdin: stdin ?? '' }, ...args);
      const told = { args: args.join(' ').slice(0, 200), code, stdout, stderr: stderr.slice(0, 3000) };
      expect(told).toEqual({ ...told, code: 2, stdout: '', stderr: expect.stringMatching(/^queuectl: /) });
      expect(stderr, told.args).toContain(named);
      expect(stderr, told.args).not.toMatch(/bug in queuectl|\n\s+at /);
    }
    expect((await (await sandbox.queue()).list({}, { limit: 10 })).map(({ id }) => id)).toEqual(['taken']);
  });
}

const NO_INTEGERS = ['1.5', 'NaN', '', '1e3', '0x10', '99999999999999999999'];

test.each([
  ['enqueue --priority', ['-1001', '2147483648', ...NO_INTEGERS], ['--', 'x']],
  ['enqueue --max-retries', ['-1', '2147483648', ...NO_INTEGERS], ['--', 'x']],
  ['update taken --priority', ['-1001', '2147483648', ...NO_INTEGERS], []],
  ['update taken --max-retries', ['-1', '2147483648', ...NO_INTEGERS], []],
  ['list --limit', ['-1', '0', ...NO_INTEGERS], []],
  ['dlq list --limit', ['-1', '0', ...NO_INTEGERS], []],
  ['logs taken --attempt', ['-1', '0', ...NO_INTEGERS], []],
  ['logs taken --tail', ['-1', ...NO_INTEGERS], []],
  ['worker start --count', ['-1', '0', '2147483648', ...NO_INTEGERS], []],
  ['worker start --concurrency', ['-1', '0', '2147483648', ...NO_INTEGERS], []],
] as [string, string[], string[]][])('F48 %s', async (line, values, more) => {
  const words = line.split(' ');
  const name = words.at(-1)!.slice(2);
  await refusesAll(
    values.map((value) => [[...words.slice(0, -1), `${words.at(-1)}=${value}`, ...more], name.split('-')[0]!]),
  );
});

test('F48 numbers in JSON', async () => {
  const values = { priority: ['-1001', '2147483648', '1.5'], max_retries: ['-1', '2147483648', '1.5'] };
  const typed = Object.entries(values).flatMap(([key, bad]) =>
    bad.map((value): [string[], string] => [
      ['enqueue', `{"command":"x","${key}":${value}}`],
      `${key} takes a whole number`,
    ]),
  );
  const notJson = ['NaN', 'Infinity', '01', '+1', '0x10'].map((value): [string[], string] => [
    ['enqueue', `{"command":"x","priority":${value}}`],
    'the JSON is not valid',
  ]);
  await refusesAll([...typed, ...notJson]);
});

test.each([
  ['enqueue --run-at', ['--', 'x']],
  ['update taken --run-at', []],
  ['list --since', []],
] as [string, string[]][])('F31 %s', async (line, more) => {
  const words = line.split(' ');
  const odd = [
    '1',
    '1767225600',
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '03/04/2026',
    '2026-12-01T10:00:00',
    'tomorrow 09:00',
    '',
  ];
  await refusesAll(odd.map((value) => [[...words.slice(0, -1), `${words.at(-1)}=${value}`, ...more], 'as a time']));
});

test('F31 times in JSON', async () => {
  const odd = ['"1"', '1767225600', '"2026-02-30T10:00:00Z"', '"03/04/2026"', '"2026-12-01T10:00:00"', 'null'];
  await refusesAll(odd.map((value) => [['enqueue', `{"command":"x","run_at":${value}}`], 'run_at']));
});

test.each([
  ['enqueue --delay', ['--', 'x']],
  ['enqueue --timeout', ['--', 'x']],
  ['enqueue --wait --wait-timeout', ['--', 'x']],
  ['update taken --timeout', []],
  ['wait taken --timeout', []],
  ['worker stop --timeout', []],
] as [string, string[]][])('F31 %s', async (line, more) => {
  const words = line.split(' ');
  const odd = ['soon', '-5', '1e3', '5 m', '5M', '36501d', ''];
  await refusesAll(odd.map((value) => [[...words.slice(0, -1), `${words.at(-1)}=${value}`, ...more], '']));
});

test('F42 arguments and variables of 128 KiB', async () => {
  const long = 'x'.repeat(128 * 1024);
  await refusesAll([
    [['enqueue', '-'], '128 KiB', `{"command":"${long}"}`],
    [['enqueue', '-'], '128 KiB', `{"argv":["echo","${long}"]}`],
    [['enqueue', '-'], '128 KiB', `{"payload":{"argv":["${long}"]}}`],
    [['enqueue', '-'], '128 KiB', `{"command":"x","env":{"A":"${long}"}}`],
  ]);
});

test('F45 JSON bombs, as an argument, on standard input and as a payload', async () => {
  const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
  const twice = '{"command":"x","command":"y"}';
  const proto = '{"command":"x","__proto__":{"a":1}}';
  const large = '{"command":"x","priority":9007199254740993}';
  const bombs: [string, string][] = [
    [deep, 'nested more than 64 deep'],
    [twice, 'stands twice'],
    [proto, 'unknown key "__proto__"'],
    [large, 'an integer beyond 2^53'],
  ];
  await refusesAll([
    ...bombs.map(([json, named]): [string[], string] => [['enqueue', json], named]),
    ...bombs.map(([json, named]): [string[], string, string] => [['enqueue', '-'], named, json]),
    [['enqueue', '--payload', deep], 'nested more than 64 deep'],
    [['enqueue', '--payload', twice], 'stands twice'],
    [['enqueue', '--payload', '{"command":"x","__proto__":1}'], '__proto__'],
    [['enqueue', '--type', 'shell', '-p', `argv:=${deep}`], 'nested more than 64 deep'],
    [['enqueue', '-'], 'larger than 1 MB', `{"command":"x","payload":"${'x'.repeat(1_000_001)}"}`],
  ]);
});

test('F47 very long ids, and odd ones', async () => {
  const ids = ['x'.repeat(129), 'x'.repeat(100_000), '42', '3-7', '../x', '', ' ', '@', '-x', 'a\nb', 'é'];
  await refusesAll([
    ...ids.map((id): [string[], string] => [['enqueue', `--id=${id}`, '--', 'x'], 'id']),
    ...ids.map((id): [string[], string] => [['enqueue', JSON.stringify({ id, command: 'x' })], 'id']),
  ]);
  await withSandbox(async (sandbox) => {
    for (const args of [['show'], ['logs'], ['why'], ['wait'], ['cancel'], ['retry'], ['hold'], ['delete', '--yes']]) {
      const { code, stderr } = await sandbox.run(...args, 'x'.repeat(100_000));
      expect({ args, code, short: stderr.length < 2000 }).toEqual({ args, code: 3, short: true });
    }
  });
});
