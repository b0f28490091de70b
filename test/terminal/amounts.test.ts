// Durations, sizes and times as people read them.
import { expect, test } from 'vitest';
import { bytes } from '../../src/terminal/bytes.js';
import { duration, elapsed } from '../../src/terminal/duration.js';
import { distance, localTime } from '../../src/terminal/time.js';

test.each([
  [0, '0 s'],
  [4, '0.004 s'],
  [350, '0.35 s'],
  [1200, '1.2 s'],
  [9960, '10 s'],
  [14_400, '14 s'],
  [59_700, '1 m'],
  [184_000, '3 m 4 s'],
  [3_600_000, '1 h'],
  [3_605_000, '1 h'],
  [7_500_000, '2 h 5 m'],
  [273_600_000, '3 d 4 h'],
])('%i ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('what is going on is told in whole seconds', () => {
  expect(elapsed(3999)).toBe('3 s');
  expect(elapsed(-5)).toBe('0 s');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1200, '1.2 kB'],
  [48_000_000, '48 MB'],
  [999_900, '1 MB'],
  [1_234_000_000, '1.2 GB'],
])('%i bytes are %s', (count, text) => {
  expect(bytes(count)).toBe(text);
});

test('a point in time is told by its distance', () => {
  expect(distance(5000, 8000)).toBe('3 s ago');
  expect(distance(8000, 8500)).toBe('now');
  expect(distance(308_000, 8000)).toBe('in 5 m');
});

test('local time has a fixed form', () => {
  expect(localTime(Date.UTC(2026, 11, 1, 10))).toMatch(/^2026-1[12]-\d\d \d\d:\d\d:00$/);
});
