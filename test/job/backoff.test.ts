// The wait before a retry.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../src/job/backoff.js';

const DAY_MS = 86_400_000;
const plain = { base: 2, maxMs: DAY_MS, jitter: 0 };

test('the documented delays are exact: 2, 4 and 8 seconds', () => {
  const delays = [1, 2, 3].map((failures) => backoffMs(failures, plain, 0.99));
  expect(delays).toEqual([2000, 4000, 8000]);
});

test('backoff_base 1 retries every second, 0 at once', () => {
  expect(backoffMs(5, { ...plain, base: 1 }, 0)).toBe(1000);
  expect(backoffMs(5, { ...plain, base: 0 }, 0)).toBe(0);
});

test('backoff_max_sec caps the delay', () => {
  expect(backoffMs(10, { ...plain, maxMs: 60_000 }, 0)).toBe(60_000);
  expect(backoffMs(1, { ...plain, maxMs: 0 }, 0)).toBe(0);
});

test('whatever the base and the number of failures, the delay is a whole number that a clock can be moved by', () => {
  const settings = fc.record({
    base: fc.double({ min: 0, max: 1000, noNaN: true }),
    maxMs: fc.integer({ min: 0, max: 365 * DAY_MS }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), settings, random, (failures, backoff, drawn) => {
      const delay = backoffMs(failures, backoff, drawn);
      expect(Number.isSafeInteger(Date.now() + delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('jitter spreads the delay by at most half of itself times jitter, both ways', () => {
  const jitter = fc.double({ min: 0, max: 1, noNaN: true });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), jitter, random, (failures, part, drawn) => {
      const exact = 2 ** failures * 1000;
      const delay = backoffMs(failures, { ...plain, jitter: part }, drawn);
      expect(Math.abs(delay - Math.min(exact, DAY_MS))).toBeLessThanOrEqual((exact * part) / 2 + 1);
    }),
  );
});
