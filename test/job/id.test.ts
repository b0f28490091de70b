// What users may call a job, a queue or a type.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BadInput } from '../../src/errors.js';
import { checkId, checkName } from '../../src/job/id.js';

test.each(['job1', 'a', '_', '1a', 'report-2026.12.01', 'a:b', '3-7a', 'x'.repeat(128)])('%s is a usable id', (id) => {
  expect(checkId(id)).toBe(id);
});

test.each(['', ' ', '-a', '.a', ':a', 'a b', 'a/b', 'é', 'a\n', '@', '../x', 'a\0', 'x'.repeat(129)])(
  'F47 %j is not a usable id',
  (id) => {
    expect(() => checkId(id)).toThrow(BadInput);
  },
);

test('numbers are ours, and digits-digits is a range', () => {
  expect(() => checkId('17')).toThrow('is a number');
  expect(() => checkId('3-7')).toThrow('reads as a range');
});

test('a queue may be called 7', () => {
  expect(checkName('queue', '7')).toBe('7');
});

test('F47 an id of a megabyte is refused in a short message', () => {
  expect(() => checkId('x'.repeat(1_000_000))).toThrow(/^.{1,250}$/s);
});

test('no usable name can leave a folder, start an option or need quoting in a shell', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (name) => {
      try {
        checkName('queue', name);
      } catch {
        return;
      }
      expect(name).not.toMatch(/[/\\\s'"$`*?~;&|<>(){}[\]!#\0]|^-|^\./);
    }),
  );
});
