// Fields of a payload on the command line: text, JSON, and what a type's schema says about them.
import { expect, test } from 'vitest';
import { readFields } from '../src/enqueue-payload.js';
import { BadInput } from '../src/errors.js';

const schema = {
  properties: {
    url: { type: 'string' },
    tries: { type: 'integer' },
    share: { type: 'number' },
    loud: { type: 'boolean' },
    tags: { type: 'array' },
  },
} as const;

test.each([
  [['url=a=b'], { url: 'a=b' }],
  [['url='], { url: '' }],
  [['url=5', 'other=5'], { url: '5', other: '5' }],
  [['tries=5', 'share=-0.5e1'], { tries: 5, share: -5 }],
  [['loud=true'], { loud: true }],
  [['tags=["a"]'], { tags: ['a'] }],
  [['url:={"a":1}', 'x:=null'], { url: { a: 1 }, x: null }],
  [['text=line\nline'], { text: 'line\nline' }],
])('%j', (flags, payload) => {
  expect(readFields(flags, schema)).toEqual(payload);
});

test.each(['novalue', '=x', ':=1', 'tries=five', 'tries=', 'loud=yes', 'tags=[', 'x:=nope'])(
  '%j is refused',
  (flag) => {
    expect(() => readFields([flag], schema)).toThrow(BadInput);
  },
);

test('one field twice is refused, and no field is a prototype', () => {
  expect(() => readFields(['a=1', 'a=2'], undefined)).toThrow('given twice');
  const payload = readFields(['__proto__=x'], undefined);
  expect(Object.keys(payload)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(payload)).toBe(Object.prototype);
});
