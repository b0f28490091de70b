// Which types are taken up, which are left out with a warning, and what is told of them. The registry is that of the process.
import { expect, test } from 'vitest';
import { BadInput, PluginFault } from '../../src/errors.js';
import type { JobHandler, JobType } from '../../src/job/job-type.js';
import { addTypes, type FoundType, knownType, knownTypes, loadHandler } from '../../src/job-types/registry.js';
import { typeDetails, typeSummary } from '../../src/job-types/type-details.js';

/** Their plugins are there. */
function add(found: readonly FoundType[]): string[] {
  return addTypes(
    found,
    found.map(({ origin }) => origin.root),
  );
}

const handler = { parse: (input: unknown) => input, run() {} };
const type = (name: string, more: object = {}): JobType => ({ name, load: async () => handler, ...more });

function brought(plugin: string, ...types: unknown[]): FoundType[] {
  const origin = { plugin, version: '1.2.3', root: `/plugins/${plugin}`, kind: 'link' };
  return types.map((each) => ({ type: each as JobType, origin }));
}

const names = () => knownTypes().map(({ name }) => name);

test('a type is known with its plugin, and shell is there from the beginning', () => {
  expect(add(brought('first', type('one', { description: 'the first' })))).toEqual([]);
  expect(knownType('shell').origin.plugin).toBe('queuectl');
  expect(knownType('one')).toMatchObject({ description: 'the first', origin: { plugin: 'first', version: '1.2.3' } });
});

test('of two plugins with one name the first by name keeps it, and the other is named', () => {
  expect(add([...brought('zeta', type('both')), ...brought('alpha', type('both'))])).toEqual([
    'plugin zeta: its job type "both" is left out: alpha has one of that name',
  ]);
  expect(knownType('both').origin.plugin).toBe('alpha');
  expect(add(brought('thief', type('shell')))).toEqual([
    'plugin thief: its job type "shell" is left out: queuectl has one of that name',
  ]);
});

test('of two of one name in one plugin the first stays, with a warning', () => {
  const twice = brought('twice', type('double', { description: 'first' }), type('double', { description: 'second' }));
  const warning = 'plugin twice: its second job type "double" is left out: it has two of that name';
  expect(add(twice)).toEqual([warning]);
  expect(knownType('double').description).toBe('first');
  expect(add(twice)).toEqual([warning]);
});

test('the same plugins asked again say nothing, and keep what is loaded', async () => {
  const again = () => brought('again', type('repeated', { load: async () => ({ ...handler }) }));
  add(again());
  const loaded = await loadHandler('repeated');
  expect(add(again())).toEqual([]);
  expect(await loadHandler('repeated')).toBe(loaded);
});

const circle: Record<string, unknown> = {};
circle.self = circle;

test.each([
  [null, /holds null, which is no job type/],
  [10n, /holds 10n, which is no job type/],
  [Symbol('odd'), /holds Symbol\(odd\), which is no job type/],
  [type('a b'), /not a usable name of a job type: "a b"/],
  [{ name: circle, load: handler.run }, /not a usable name of a job type/],
  [{ name: 1n, load: handler.run }, /not a usable name of a job type: 1n/],
  [type('later', { api: 2 }), /"later" was written for API 2, and this queuectl has API 1/],
  [{ name: 'empty' }, /"empty" has no load\(\)/],
])('%s is left out, and the next one is not', (bad, warning) => {
  const before = names();
  const [only, ...others] = add(brought('bad', bad, type('good')));
  expect(only).toMatch(/^plugin bad: /);
  expect(only).toMatch(warning);
  expect(others).toEqual([]);
  expect(names()).toEqual([...new Set([...before, 'good'])]);
});

test('a description that is no text is none', () => {
  add(brought('numbers', type('described', { description: 5 })));
  expect(knownType('described').description).toBe('');
});

test('an unknown name is refused with the nearest one', async () => {
  const refused = await loadHandler('shel').catch((error) => error);
  expect(refused).toBeInstanceOf(BadInput);
  expect(refused).toMatchObject({ exitCode: 2, suggestions: ['did you mean "shell"?', expect.anything()] });
});

test.each([
  ['no parse', { run() {} }, /has no parse\(\)/],
  ['neither', { parse() {} }, /needs either run\(\) or command\(\)/],
  ['both', { parse() {}, run() {}, command() {} }, /needs either/],
  ['a text', 'text', /cannot load its job type/],
  ['nothing', undefined, /is no object/],
])('a handler with %s is a fault that names the plugin', async (what, loaded, message) => {
  const name = `handler-${what.replaceAll(' ', '-')}`;
  add(brought('faulty', { name, load: async () => loaded }));
  const fault = await loadHandler(name).catch((error) => error);
  expect(fault).toBeInstanceOf(PluginFault);
  expect(fault.message).toMatch(/^plugin faulty: /);
  expect(fault.message).toMatch(message);
});

test('whatever load() throws is told, and it is asked again the next time', async () => {
  const thrown: unknown[] = [new Error('no such file'), Object.create(null), Symbol('odd')];
  add(brought('throwing', type('thrower', { load: async () => (thrown.length > 0 ? fail(thrown.shift()) : handler) })));
  await expect(loadHandler('thrower')).rejects.toThrow(
    'plugin throwing: cannot load its job type "thrower": no such file',
  );
  await expect(loadHandler('thrower')).rejects.toBeInstanceOf(PluginFault);
  await expect(loadHandler('thrower')).rejects.toThrow('Symbol(odd)');
  expect(await loadHandler('thrower')).toBe(handler);
});

function fail(error: unknown): never {
  throw error;
}

const detailsOf = (more: object) => {
  const origin = { plugin: 'p', version: '', root: '', kind: 'user' };
  const summary = typeSummary({ name: 't', description: '', origin }, '9.9.9');
  return typeDetails(summary, { ...handler, ...more } as JobHandler);
};

test('details say how it runs; a command() that is not there is none', () => {
  expect(detailsOf({})).toMatchObject({ origin: 'installed', version: '9.9.9', folder: null, runs: 'worker' });
  expect(detailsOf({ isolated: true, command: undefined }).runs).toBe('isolated');
  expect(detailsOf({ run: undefined, command() {} }).runs).toBe('command');
});

test('the example gives the required fields in a form that -p takes', () => {
  const properties = { to: { type: 'string' }, tags: { type: 'array' }, kind: { enum: ['a b'] }, more: {} };
  expect(detailsOf({ schema: { properties, required: ['to', 'tags', 'kind'] } }).example).toBe(
    "queuectl enqueue --type t -p to=TO -p 'tags=[]' -p 'kind=a b'",
  );
  expect(detailsOf({ schema: { properties } }).example).toBe('queuectl enqueue --type t -p to=TO');
});

test.each([[undefined], ['text'], [{}], [{ properties: null }]])('a schema of %j has no fields', (schema) => {
  expect(detailsOf({ schema })).toMatchObject({ fields: null, example: 'queuectl enqueue --type t' });
});

test('a schema that is wrong in part is told as far as it goes', () => {
  const { fields } = detailsOf({
    schema: { properties: { odd: null, typed: { type: 7, description: 7 } }, required: 1 },
  });
  expect(fields).toMatchObject([
    { name: 'odd', type: null, required: false },
    { name: 'typed', type: null, description: null },
  ]);
});
