// A suggestion is worth making only when it is likely to be right.
import { expect, test } from 'vitest';
import { nearest } from '../src/nearest.js';

const known = ['enqueue', 'list', 'logs', 'show', 'status', 'worker start'];

test.each([
  ['enqeue', 'enqueue'],
  ['enqueu', 'enqueue'],
  ['lsit', 'list'],
  ['STATUS', 'status'],
  ['worker strat', 'worker start'],
  ['frobnicate', undefined],
  ['x', undefined],
  ['', undefined],
])('%s → %s', (word, expected) => {
  expect(nearest(word, known)).toBe(expected);
});
