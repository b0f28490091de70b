// Job data cannot do anything to a terminal but be read.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonText, manyLines, OutputFilter, oneLine } from '../../src/terminal/sanitize.js';

function filtered(chunks: (string | Buffer)[], colours = true): string {
  const filter = new OutputFilter(colours);
  return chunks.map((chunk) => filter.push(Buffer.from(chunk as string))).join('') + filter.end();
}

test('one line shows control characters instead of sending them', () => {
  expect(oneLine('a\tb\r\n\x1b]0;title\x07\x9b31m\u2066')).toBe('a\\tb\\r\\n\\x1b]0;title\\x07\\x9b31m\\u2066');
  expect(manyLines('a\nb\x00')).toBe('a\nb\\x00');
});

test('colours stay and are ended', () => {
  expect(filtered(['\x1b[1;31mred\x1b[0m plain'])).toBe('\x1b[1;31mred\x1b[0m plain\x1b[0m');
  expect(filtered(['\x1b[31mred'], false)).toBe('red');
});

test.each([
  ['a title', 'a\x1b]0;owned\x07b'],
  ['a title ended by ST', 'a\x1b]0;owned\x1b\\b'],
  ['clearing the screen', 'a\x1b[2J\x1b[Hb'],
  ['moving the cursor', 'a\x1b[10Ab'],
  ['a full reset', 'a\x1bcb'],
  ['another character set', 'a\x1b(0b'],
  ['a query that the terminal would answer', 'a\x1b[6n\x1b[cb'],
  ['8-bit controls', 'a\u009b2J\u009d0;x\u009cb'.replace('2J', '').replace('0;x', '')],
  ['backspaces and bells', 'a\x08\x07b'],
  ['text turned around', 'a\u202eb\u202c'],
])('%s is dropped', (_, text) => {
  expect(filtered([text])).toBe('ab');
});

test('a progress bar becomes lines; Windows line ends stay line ends', () => {
  expect(filtered(['10%\r20%\rdone\r\nnext\n'])).toBe('10%\n20%\ndone\nnext\n');
});

test('what is cut between chunks is put together: characters, sequences, line ends', () => {
  const bytes = Buffer.from('é\x1b[32mü\r\n');
  const chunks = [...bytes].map((byte) => Buffer.from([byte]));
  expect(filtered(chunks)).toBe('é\x1b[32mü\n\x1b[0m');
});

test('a sequence that never ends is not waited for, nor sent', () => {
  expect(filtered(['a\x1b]0;'])).toBe('a');
  const endless = filtered(['\x1b]0;', 'x'.repeat(10_000)]);
  expect(endless).not.toContain('\x1b');
});

test('nothing but printable text, lines, tabs and colours ever comes out', () => {
  const piece = fc.constantFrom(
    '\x1b',
    '[',
    ']',
    '0',
    ';',
    'm',
    'J',
    '\x07',
    '\\',
    '\r',
    '\n',
    '\x9b',
    'é',
    '\ue000',
    'P',
  );
  const texts = fc.array(
    fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(texts, (chunks) => {
      const out = filtered(chunks).replace(/\x1b\[[0-9;:]*m/g, '');
      expect(out).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    }),
  );
});

test('a JSON document has no control characters either, and reads back as it was', () => {
  fc.assert(
    fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, text) => {
      const value = { json: JSON.parse(json), text: `${text}\x9b31m\x7f\u202e` };
      expect(jsonText(value)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      expect(JSON.stringify(JSON.parse(jsonText(value)))).toEqual(JSON.stringify(value));
    }),
  );
});
