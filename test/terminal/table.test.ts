// Tables fit the terminal, whatever its width and whatever stands in them.
import { expect, test } from 'vitest';
import { PLAIN } from '../../src/terminal/screen.js';
import { table } from '../../src/terminal/table.js';
import { widthOf } from '../../src/terminal/width.js';

const columns = [{ head: 'id' }, { head: 'state' }, { head: 'attempts', align: 'right' as const }, { head: 'command' }];
const rows = [
  ['job1', 'completed', '1', 'sleep 2'],
  ['report', 'dead', '12', './report.sh --with "many words" that go on and on until no terminal is wide enough'],
  ['日本語', 'pending', '3', 'echo 你好，世界'],
];

test('columns stand below each other, without borders or blanks at the end', () => {
  expect(table(columns, rows.slice(0, 2), PLAIN)).toBe(
    [
      'id      state      attempts  command',
      'job1    completed         1  sleep 2',
      'report  dead             12  ./report.sh --with "many words" that go on and on until no terminal is wide enough',
    ].join('\n'),
  );
});

test.each([1, 2, 3, 5, 10, 20, 40, 60, 80, 200])('no line is wider than %i columns', (width) => {
  const text = table(columns, rows, { columns: width, colours: false });
  expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
  expect(text.split('\n')).toHaveLength(4);
});

test('the long text is cut, the short ones stay whole', () => {
  const lines = table(columns, rows, { columns: 60, colours: false }).split('\n');
  expect(lines[2]).toBe('report  dead             12  ./report.sh --with "many words…');
});

test('when it gets narrow, heads are cut before what stands below them', () => {
  const lines = table([{ head: 'heartbeat' }, { head: 'memory' }], [['1 s', '48 MB']], { columns: 13, colours: false });
  expect(lines).toBe('heart…  memo…\n1 s     48 MB');
});

test('wide characters take two columns', () => {
  const lines = table(
    [{}, {}],
    [
      ['日本', 'x'],
      ['abcd', 'y'],
    ],
    PLAIN,
  ).split('\n');
  expect(lines).toEqual(['日本  x', 'abcd  y']);
});

test('a cell is one line without control characters', () => {
  expect(table([{}], [['a\nb\x1b[31mc\u202ed']], PLAIN)).toBe('a\\nb\\x1b[31mc\\u202ed');
});

test('colours are used only where they are wanted', () => {
  const cells = [[{ text: 'dead', style: 'red' as const }]];
  expect(table([{}], cells, PLAIN)).toBe('dead');
  expect(table([{}], cells, { columns: 80, colours: true })).toBe('\x1b[31mdead\x1b[39m');
});

test('no rows leave the head alone', () => {
  expect(table([{ head: 'id' }, { head: 'state' }], [], PLAIN)).toBe('id  state');
  expect(table([{}], [], PLAIN)).toBe('');
});
