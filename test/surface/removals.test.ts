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

const among = (args: object, flags: object) => JSON.stringify({ commands: { show: { args, flags } } });
const between = (before: string, after: string) => removals(new Map([['a.json', after]]), [], () => before);

test('an argument that is gone is named, also one that took anything, or that was demanded', () => {
  expect(between(among({ id: {}, more: {}, most: { required: true } }, {}), among({ id: {} }, {}))).toEqual([
    'a.json: .commands.show.args.more = {}',
    'a.json: .commands.show.args.most.required = true',
  ]);
});

test('what is demanded no longer breaks nothing, and what is newly demanded does', () => {
  const lenient = among({ id: {} }, { all: { type: 'boolean' }, wait: { type: 'boolean' } });
  const strict = among(
    { id: { required: true } },
    { all: { type: 'boolean', exclusive: ['wait'] }, wait: { type: 'boolean', required: true } },
  );
  expect(between(strict, lenient)).toEqual([]);
  expect(between(lenient, strict)).toEqual([
    'a.json: .commands.show.args.id = {}',
    'a.json: new: .commands.show.args.id.required = true',
    'a.json: new: .commands.show.flags.all.exclusive[] = "wait"',
    'a.json: new: .commands.show.flags.wait.required = true',
  ]);
  const more = among({ id: {} }, { all: { type: 'boolean' }, wait: { type: 'boolean' }, in: { required: true } });
  expect(between(lenient, more)).toEqual([]);
});
