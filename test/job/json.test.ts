// JSON that people typed: kept exactly, or refused with the place where it is wrong.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadInput } from '../../src/errors.js';
import { readJson } from '../../src/job/json.js';

function refusal(text: string): BadInput {
  try {
    readJson(text);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput);
    return error as BadInput;
  }
  throw new Error(`was accepted: ${text.slice(0, 80)}`);
}

test('any JSON value is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
      const text = JSON.stringify(value);
      fc.pre(!hasLossyInteger(text));
      expect(readJson(text)).toEqual(JSON.parse(text));
      expect(readJson(JSON.stringify(value, null, '\t'))).toEqual(JSON.parse(text));
    }),
  );
});

/** fast-check's doubles include whole numbers beyond 2^53, which are refused on purpose. */
function hasLossyInteger(text: string): boolean {
  return [...text.matchAll(/\d{16,}/g)].length > 0;
}

test('whatever is accepted, JSON.parse accepts too; whatever JSON.parse refuses is refused', () => {
  const nearlyJson = fc.string({ unit: fc.constantFrom(...'{}[]":,\\ \n0129-+.eEtrufalsn\u0001'), maxLength: 20 });
  fc.assert(
    fc.property(nearlyJson, (text) => {
      try {
        readJson(text);
      } catch (error) {
        expect(error).toBeInstanceOf(BadInput);
        return;
      }
      expect(() => JSON.parse(text)).not.toThrow();
    }),
    { numRuns: 3000 },
  );
});

describe('a refusal names the position, counted from 1', () => {
  test.each([
    ['', 1, 'expected a value, found nothing'],
    ['{', 2, 'expected a key in double quotes, found nothing'],
    ['{"a" 1}', 6, 'expected a colon, found "1"'],
    ['{"a":}', 6, 'expected a value, found "}"'],
    ['{"a":1,}', 8, 'expected a key in double quotes, found "}"'],
    ['{"a":1 "b":2}', 8, 'expected a comma or }, found "\\""'],
    ['[1,]', 4, 'expected a value, found "]"'],
    ['[1 2]', 4, 'expected a comma or ], found "2"'],
    ['{"a":1} x', 9, 'expected the end, found "x"'],
    ["{'a':1}", 2, 'expected a key in double quotes, found "\'"'],
    ['{"a":"b', 6, 'a string that does not end'],
    ['{"a":"\\x"}', 7, 'an unknown escape'],
    ['{"a":"\n"}', 7, 'a raw control character'],
    ['{"a":01}', 7, 'expected a comma or }, found "1"'],
    ['{"a":NaN}', 6, 'expected a value, found "N"'],
    ['{"a":1}}', 8, 'expected the end, found "}"'],
  ])('%j at %d', (text, position, said) => {
    const { message } = refusal(text);
    expect(message).toContain(`at position ${position}:`);
    expect(message).toContain(said);
  });
});

describe('F45 JSON bombs', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  test('64 levels are read', () => {
    expect(readJson(nested(64))).toEqual(JSON.parse(nested(64)));
    expect(readJson(objects(64))).toEqual(JSON.parse(objects(64)));
  });

  test.each([65, 1000, 100_000])('%d levels are refused, without a stack overflow', (depth) => {
    expect(refusal(nested(depth)).message).toContain('nested more than 64 deep');
    expect(refusal(objects(depth)).message).toContain('nested more than 64 deep');
  });

  test('a million bytes are read, one more is refused', () => {
    const text = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    expect(readJson(text(1_000_000))).toHaveLength(999_998);
    expect(refusal(text(1_000_001)).message).toContain('larger than 1 MB');
    expect(refusal(`"${'é'.repeat(500_000)}"`).message).toContain('larger than 1 MB');
  });

  test('a key that stands twice is refused, also when it is written differently', () => {
    expect(refusal('{"id":"a","id":"b"}').message).toContain('position 11: the key "id" stands twice');
    expect(refusal('{"id":1,"\\u0069d":2}').message).toContain('the key "id" stands twice');
    expect(refusal('[{"x":{"k":1,"k":1}}]').message).toContain('the key "k" stands twice');
    expect(readJson('[{"k":1},{"k":2}]')).toEqual([{ k: 1 }, { k: 2 }]);
  });

  test('__proto__ is a key like any other and changes no prototype', () => {
    const value = readJson('{"__proto__":{"polluted":true}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(JSON.stringify(value)).toBe('{"__proto__":{"polluted":true}}');
  });

  test('whole numbers up to 2^53 - 1 are kept, larger ones are refused', () => {
    expect(readJson('[9007199254740991,-9007199254740991]')).toEqual([2 ** 53 - 1, -(2 ** 53 - 1)]);
    for (const number of ['9007199254740992', '9007199254740993', '-9007199254740993', '1'.repeat(400)]) {
      expect(refusal(`{"n":${number}}`).message).toContain('position 6: an integer beyond 2^53');
    }
    expect(readJson('"9007199254740993"')).toBe('9007199254740993');
  });

  test('a number too large for a double is refused: it would be stored as null', () => {
    expect(refusal('{"n":1e400}').message).toContain('position 6: a number');
    expect(refusal('-1.5E999').message).toContain('position 1: a number');
    expect(readJson('1e308')).toBe(1e308);
  });
});

describe('quotes that PowerShell took away or doubled', () => {
  test.each(['{id:job1,command:sleep 2}', '{ id : job1 }', '{command:echo}'])('%s: removed', (text) => {
    const { suggestions } = refusal(text);
    expect(suggestions.join()).toContain('your shell has removed the quotes');
    expect(suggestions.join()).toContain('queuectl enqueue --id job1 -- sleep 2');
  });

  test.each(['{""id"":""job1""}', '{\\"id\\":\\"job1\\"}', ' { ""id"":1}'])('%s: doubled', (text) => {
    expect(refusal(text).suggestions.join()).toContain('your shell has doubled the quotes');
  });

  test('other broken JSON gets an example instead', () => {
    expect(refusal('{"id" "job1"}').suggestions).toEqual([`write JSON such as '{"id":"job1","command":"sleep 2"}'`]);
  });
});
