// What the page's charts say on their axes.
import { expect, test } from 'vitest';
import { COUNT_STEPS, hour } from '../../src/web/page/words.js';

const seconds = (...[hours, minutes]: number[]) => new Date(2026, 10, 23, hours, minutes).getTime() / 1000;

test('an axis of time tells the hour, and the day where one begins', () => {
  expect(hour(seconds(14, 5))).toMatch(/(14|2)\D05/);
  expect(hour(seconds(0, 5))).toMatch(/(12|00)\D05/);
  expect(hour(seconds(0, 0))).toMatch(/^(Nov \D*23|23\D.*)$/);
});

test('what is counted has whole steps', () => {
  expect(COUNT_STEPS.slice(0, 6)).toEqual([1, 2, 5, 10, 20, 50]);
});
