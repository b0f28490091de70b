// Durations and points in time as people write them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.js';
import { parseDuration, parseWhen } from '../../src/job/units.js';

const DAY_MS = 86_400_000;

describe('durations', () => {
  test.each([
    ['90', 90_000],
    [90, 90_000],
    [0, 0],
    [0.5, 500],
    ['1.5', 1500],
    ['250ms', 250],
    ['90s', 90_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7d', 7 * DAY_MS],
    ['2w', 14 * DAY_MS],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    [' 5m ', 300_000],
    ['30d', 30 * DAY_MS],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', ' ', '-5', '-5s', '5x', '5 m', 'm', '1m30', '1e3', '5M', 'soon', 'NaN', '٣s', '1..5s', '+5m', '0x10'])(
    '%j is refused with the accepted forms',
    (text) => {
      expect(() => parseDuration(text, 'delay')).toThrow(BadInput);
      expect(() => parseDuration(text, 'delay')).toThrow(/^delay: cannot read/);
    },
  );

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1, 1e21])('the number %d is refused', (number) => {
    expect(() => parseDuration(number)).toThrow(BadInput);
  });

  test('F30 a delay of more than a century is refused: no timer or clock could hold it', () => {
    expect(parseDuration('36500d')).toBe(36_500 * DAY_MS);
    expect(() => parseDuration('36501d')).toThrow('longer than 100 years');
    expect(() => parseDuration('99999999999999999999d')).toThrow(BadInput);
  });

  test('a long text without a unit is refused at once', () => {
    expect(() => parseDuration('1'.repeat(100_000))).toThrow(BadInput);
    expect(() => parseDuration(`${'1s'.repeat(50_000)}x`)).toThrow(BadInput);
  });
});

describe('run_at', () => {
  test.each([
    ['2026-12-01T10:00:00Z', Date.UTC(2026, 11, 1, 10)],
    ['2026-12-01T10:00Z', Date.UTC(2026, 11, 1, 10)],
    ['2026-12-01 10:00:00Z', Date.UTC(2026, 11, 1, 10)],
    ['2026-12-01T10:00:00+02:00', Date.UTC(2026, 11, 1, 8)],
    ['2026-12-01T10:00:00-0530', Date.UTC(2026, 11, 1, 15, 30)],
    ['2026-12-01t10:00:00z', Date.UTC(2026, 11, 1, 10)],
    ['2026-12-01T10:00:00.250Z', Date.UTC(2026, 11, 1, 10, 0, 0, 250)],
    ['2026-12-01T10:00:00.123456789Z', Date.UTC(2026, 11, 1, 10, 0, 0, 123)],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    [' 2026-12-01T10:00:00Z\n', Date.UTC(2026, 11, 1, 10)],
  ])('%j is that moment', (text, at) => {
    expect(parseWhen(text)).toEqual({ at });
  });

  test.each([
    ['+5m', 300_000],
    ['+2h', 7_200_000],
    ['+90', 90_000],
    ['+30d', 30 * DAY_MS],
  ])('%j is counted from the moment of enqueueing', (text, inMs) => {
    expect(parseWhen(text)).toEqual({ inMs });
  });

  // biome-ignore format: a list of oddities
  const odd = [
    '1', '1767225600', '2026', '2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z', '2026-01-00T00:00:00Z', '2026-04-31T10:00:00Z', '03/04/2026', '2026-12-01',
    '2026-12-01T10:00:00', '2026-12-01T24:00:00Z', '2026-12-01T10:60:00Z', '2026-12-01T10:00:60Z',
    '2026-12-01T10Z', '2026-12-01T10:00:00+25:00', '2026-12-01T10:00:00+02:75', 'tomorrow 09:00', 'now', '', '+',
    '+soon', '-5m', 'Tue, 01 Dec 2026 10:00:00 GMT', '20261201T100000Z', '12026-12-01T10:00:00Z',
  ];
  test.each(odd)('F31 %j is refused with the accepted forms', (text) => {
    expect(() => parseWhen(text)).toThrow(BadInput);
    expect(() => parseWhen(text)).toThrow(/^run_at: cannot read/);
  });

  test.each([1, 1767225600000, null, true, {}, []])('F31 %j, which is not text, is refused', (value) => {
    expect(() => parseWhen(value)).toThrow(BadInput);
  });

  test('every moment that a Date can write is read back as itself', () => {
    const moments = fc.date({
      min: new Date('0100-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        expect(parseWhen(moment.toISOString())).toEqual({ at: moment.getTime() });
      }),
    );
  });
});
