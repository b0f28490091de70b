// How jobs are named on the command line.
import { expect, test } from 'vitest';
import { readSelector } from '../../src/job/selector.js';

test.each([
  ['report', { is: 'id', id: 'report' }],
  ['17', { is: 'id', id: '17' }],
  ['a-b', { is: 'id', id: 'a-b' }],
  ['@', { is: 'last', back: 0 }],
  ['@~2', { is: 'last', back: 2 }],
  ['3-7', { is: 'range', from: 3, to: 7 }],
  ['7-7', { is: 'range', from: 7, to: 7 }],
])('%s', (word, selector) => {
  expect(readSelector(word)).toEqual(selector);
});

test.each(['@~', '@2', '@~x', '@~9999999999', '7-3'])('%s is refused', (word) => {
  expect(() => readSelector(word)).toThrow(expect.objectContaining({ exitCode: 2 }));
});
