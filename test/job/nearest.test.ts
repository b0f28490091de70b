// The known word that a mistyped one probably meant.
import { expect, test } from 'vitest';
import { nearest } from '../../src/job/nearest.js';

const known = ['command', 'priority', 'max_retries', 'max_output', 'env', 'cwd', '--wait-for', 'queue pause'];

test.each([
  ['comand', 'command'],
  ['commands', 'command'],
  ['Command', 'command'],
  ['max-retries', 'max_retries'],
  ['evn', undefined],
  ['en', 'env'],
  ['retries', 'max_retries'],
  ['--retries', 'max_retries'],
  ['pause', 'queue pause'],
  ['for', '--wait-for'],
  ['max', undefined], // of two
  ['something', undefined],
  ['', undefined],
])('%j probably meant %s', (word, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

test('of nothing known, nothing is near', () => {
  expect(nearest('x', [])).toBeUndefined();
});
