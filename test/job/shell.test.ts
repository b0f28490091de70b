// The shell job type: which payloads can be started, and how they read in a list.
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.js';
import { describePayload, loadHandler } from '../../src/job-types/registry.js';
import { shell } from '../../src/job-types/shell.js';

test.each([
  { command: 'sleep 2' },
  { argv: ['make', '-j4', ''] },
  { command: 'cat', stdin: '' },
  { argv: ['cat'], stdin: 'text\0with a NUL' },
  { command: '\n echo x' },
])('%j can be run', (payload) => {
  expect(shell.parse(payload)).toEqual(payload);
});

test.each([
  [{}, 'either a command or argv'],
  [null, 'either a command or argv'],
  [{ command: 'x', argv: ['x'] }, 'either a command or argv'],
  [{ command: '' }, 'the command is empty'],
  [{ command: ' \t\n' }, 'the command is empty'],
  [{ argv: [''] }, 'the command is empty'],
  [{ argv: [] }, 'argv takes'],
  [{ argv: 'x' }, 'argv takes'],
  [{ argv: ['x', 1] }, 'argv takes'],
  [{ command: 5 }, 'command takes text'],
  [{ command: 'a\0b' }, 'NUL'],
  [{ argv: ['a', 'b\0'] }, 'NUL'],
  [{ command: 'x', stdin: 5 }, 'stdin takes text'],
  [{ command: 'x', split_output: 1 }, 'split_output takes true or false'],
  [{ command: 'x', shell: 'bash' }, 'no key "shell"'],
])('%j is refused: %s', (payload, said) => {
  expect(() => shell.parse(payload)).toThrow(BadInput);
  expect(() => shell.parse(payload)).toThrow(said);
});

describe('F42 an argument of 128 KiB or more', () => {
  const kib = 1024;

  test('is refused when it is enqueued, with a hint', () => {
    for (const payload of [{ command: 'x'.repeat(128 * kib) }, { argv: ['echo', 'é'.repeat(64 * kib)] }]) {
      expect(() => shell.parse(payload)).toThrow('128 KiB');
    }
  });

  test('one byte less, for its end, is taken', () => {
    expect(shell.parse({ command: 'x'.repeat(128 * kib - 1) })).toBeDefined();
  });

  test('standard input may be longer', () => {
    expect(shell.parse({ command: 'cat', stdin: 'x'.repeat(500 * kib) })).toBeDefined();
  });
});

test.each([
  [{ command: 'echo  a | wc' }, 'echo  a | wc'],
  [{ argv: ['make', '-j4', 'a b', "it's", '', 'x=1'] }, `make -j4 'a b' 'it'\\''s' '' x=1`],
])('%j reads as one would type it', (payload, line) => {
  expect(describePayload('shell', payload)).toBe(line);
});

test('a payload of a type that this program does not know reads as JSON', () => {
  expect(describePayload('http', { url: 'x' })).toBe('{"url":"x"}');
  const secret = { headers: { Authorization: 'Bearer abc' }, url: 'http://me:word@host/' };
  expect(describePayload('http', secret)).toBe('{"headers":{"Authorization":"***"},"url":"***"}');
});

test('an unknown type is refused, with the nearest known one', async () => {
  await expect(loadHandler('shel')).rejects.toThrow(BadInput);
  await expect(loadHandler('__proto__')).rejects.toThrow('no such job type');
});
