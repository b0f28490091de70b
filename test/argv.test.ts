// What follows `--` belongs to the job, whatever it looks like.
import { expect, test } from 'vitest';
import { splitArgv, wantsJson } from '../src/argv.js';

test.each([
  [['--queue', 'q'], ['--queue', 'q'], undefined],
  [
    ['--queue', 'q', '--', 'cmd', '--queue', 'z'],
    ['--queue', 'q'],
    ['cmd', '--queue', 'z'],
  ],
  [['--', 'cmd', '--', '--json=x'], [], ['cmd', '--', '--json=x']],
  [['--'], [], []],
  [['--json={"a":"b=c"}'], ['--json', '{"a":"b=c"}'], undefined],
])('%j', (argv, own, rest) => {
  expect(splitArgv(argv)).toEqual({ own, rest });
});

test('--json counts only before --', () => {
  expect(wantsJson(['enqueue', '--json', '--', 'cmd'])).toBe(true);
  expect(wantsJson(['enqueue', '--json={}'])).toBe(true);
  expect(wantsJson(['enqueue', '--', 'cmd', '--json'])).toBe(false);
});
