// What is taken away from scripts is told apart from what is added to them.
import { expect, test } from 'vitest';
import { removals } from '../../scripts/surface/removals.mjs';

const old = JSON.stringify({ commands: { list: { flags: { limit: { type: 'option' }, all: { type: 'boolean' } } } } });
const told = (now: object) => removals(new Map([['a.json', JSON.stringify(now)]]), [], () => old);

test('an addition breaks nothing', () => {
  const flags = { limit: { type: 'option', char: 'n' }, all: { type: 'boolean' }, more: { type: 'boolean' } };
  expect(told({ commands: { list: { flags } }, new: 1 })).toEqual([]);
});

test('what is gone and what is changed is named', () => {
  const flags = { limit: { type: 'boolean' } };
  expect(told({ commands: { list: { flags } } })).toEqual([
    'a.json: .commands.list.flags.limit.type = "option"',
    'a.json: .commands.list.flags.all.type = "boolean"',
  ]);
});

test('a file that is left over is gone', () => {
  expect(removals(new Map(), ['schemas/old.json'], () => '')).toEqual(['schemas/old.json']);
});
