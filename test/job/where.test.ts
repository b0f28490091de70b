// The conditions of --where: what they mean, and what is said about those that mean nothing.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.js';
import { parseWhere } from '../../src/job/where.js';

const one = (field: string, operator: string, value: unknown) => ({ is: 'compared', field, operator, value });
const HOUR = 3_600_000;

test.each([
  ['priority>5', one('priority', '>', 5)],
  ['priority >= -5', one('priority', '>=', -5)],
  ['attempt == 2', one('attempt', '=', 2)],
  ['Queue=images', one('queue', '=', 'images')],
  ["queue != 'two words'", one('queue', '!=', 'two words')],
  ['id ~ "a\\"b"', one('id', '~', 'a"b')],
  ['state = processed', one('state', '=', 'completed')],
  ['cause = exit:3', one('cause', '=', 'exit:3')],
  ['cause = none', one('cause', '=', null)],
  ['cause = "none"', one('cause', '=', 'none')],
  ['command !~ make', one('command', '!~', 'make')],
])('%s', (text, condition) => {
  expect(parseWhere(text)).toEqual(condition);
});

test.each([
  ['created<1h', one('created', '>', { fromNowMs: -HOUR })],
  ['finished_at >= 1h30m', one('finished', '<=', { fromNowMs: -1.5 * HOUR })],
  ['run < 1h', one('run', '<', { fromNowMs: HOUR })],
  ['created > -1h', one('created', '>', { fromNowMs: -HOUR })],
  ['next > +1h', one('next', '>', { fromNowMs: HOUR })],
  ['created < 2026-11-01T00:00:00Z', one('created', '<', { at: Date.UTC(2026, 10, 1) })],
  ['finished != none', one('finished', '!=', null)],
])('%s: what lies behind is told by its age', (text, condition) => {
  expect(parseWhere(text)).toEqual(condition);
});

test('and binds tighter than or, not tighter than both, and brackets tightest', () => {
  const [a, b, c] = [one('number', '=', 1), one('number', '=', 2), one('number', '=', 3)];
  expect(parseWhere('number=1 or number=2 and number=3')).toEqual({ is: 'or', all: [a, { is: 'and', all: [b, c] }] });
  expect(parseWhere('(number=1 OR number=2) AND number=3')).toEqual({ is: 'and', all: [{ is: 'or', all: [a, b] }, c] });
  expect(parseWhere('not number=1 and number=2')).toEqual({ is: 'and', all: [{ is: 'not', one: a }, b] });
});

describe('what is refused', () => {
  test.each([
    ['', /a field instead of the end/],
    ['priority', /one of = != .* instead of the end/],
    ['priority >', /a value instead of the end/],
    ['priority 5', /one of = != .* instead of "5"/],
    ['prio > 5', /no such field: prio/],
    ['priority > high', /takes a whole number, not "high"/],
    ['priority > 1.5', /takes a whole number/],
    ['priority ~ 5', /~ is for texts/],
    ['queue > a', /compared by = != ~ !~/],
    ['command = make', /is looked into/],
    ['state = nowhere', /no such state: nowhere/],
    ['created < yesterday', /cannot read "yesterday" as a time/],
    ['created < 2026-02-30T00:00:00Z', /as a time/],
    ['created < none', /none can only be compared/],
    ['(priority > 5', /a closing bracket instead of the end/],
    ['priority > 5)', /and, or, or the end instead of "\)"/],
    ['priority > 5 queue = a', /and, or, or the end/],
    ["queue = 'open", /cannot read/],
    ['a'.repeat(10_001), /longer than/],
    [`${'('.repeat(100)}priority > 1${')'.repeat(100)}`, /levels of brackets/],
  ])('%s', (text, message) => {
    expect(() => parseWhere(text)).toThrow(message);
    expect(() => parseWhere(text)).toThrow(BadInput);
  });

  test('whatever is typed, it is read or refused by a sentence', () => {
    const words = fc.constantFrom(
      'priority',
      'created',
      'queue',
      'and',
      'or',
      'not',
      '(',
      ')',
      '=',
      '<',
      '~',
      '5',
      '1h',
      '"',
      "'",
      '\\',
      'none',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words).map((some) => some.join(' ')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseWhere(text);
        } catch (error) {
          expect(error).toBeInstanceOf(BadInput);
        }
      }),
    );
  });
});
