// What is typed after `enqueue` becomes a request; a flag wins over the JSON's key.
import { expect, test } from 'vitest';
import { enqueueHints } from '../src/enqueue-hints.js';
import { readRequest } from '../src/enqueue-request.js';

const json = '{"command":"true","queue":"a","priority":1,"run_at":"2026-12-01T10:00:00Z","env":{"A":"1","B":"2"}}';

test('a flag wins over the key', () => {
  const flags = { id: 'x', queue: 'b', priority: '-3', timeout: '1m30s', 'max-retries': '0', 'backoff-base': '1.5' };
  expect(readRequest({ json, flags }, {})).toMatchObject({
    id: 'x',
    queue: 'b',
    priority: -3,
    timeoutMs: 90_000,
    maxRetries: 0,
    backoffBase: 1.5,
    when: { at: Date.UTC(2026, 11, 1, 10) },
  });
});

test('--delay also wins over run_at, and --run-at over delay', () => {
  expect(readRequest({ json, flags: { delay: '5m' } }, {}).when).toEqual({ inMs: 300_000 });
  const delayed = '{"command":"true","delay":60}';
  expect(readRequest({ json: delayed, flags: { 'run-at': '+1s' } }, {}).when).toEqual({ inMs: 1000 });
  expect(() => readRequest({ json, flags: { delay: '1s', 'run-at': '+1s' } }, {})).toThrow('twice');
});

test('--env adds to the variables of the JSON, with a value or with the one it has here', () => {
  const { env } = readRequest({ json, flags: { env: ['B=x=y', 'HERE', 'EMPTY='] } }, { HERE: 'h', OTHER: 'o' });
  expect(env).toEqual({ A: '1', B: 'x=y', HERE: 'h', EMPTY: '' });
  expect(() => readRequest({ json, flags: { env: ['GONE'] } }, {})).toThrow(
    '--env GONE: there is no such variable here',
  );
});

test('--cwd may be relative', () => {
  expect(readRequest({ argv: ['true'], flags: { cwd: '..' } }, {}).cwd).toMatch(/^\//);
});

test('--split-output wins over the key', () => {
  const split = { command: 'true', split_output: false };
  const { input } = readRequest({ json: JSON.stringify(split), flags: { 'split-output': true } }, {});
  expect(input).toEqual({ command: 'true', split_output: true });
});

test('words after -- are the command, as they are', () => {
  const { type, input } = readRequest({ argv: ['make', '-j4', 'a b', ''], flags: {} }, {});
  expect({ type, input }).toEqual({ type: 'shell', input: { argv: ['make', '-j4', 'a b', ''] } });
  expect(() => readRequest({ argv: [], flags: {} }, {})).toThrow('no command after --');
});

test.each(['[]', '"x"', '3', 'null'])('%s is no job', (text) => {
  expect(() => readRequest({ json: text, flags: {} }, {})).toThrow('a job is a JSON object');
});

test.each([
  [['make', '-j4'], ['write: queuectl enqueue -- make -j4']],
  [['--queue', 'q', '--json', 'make', '-j4'], ['write: queuectl enqueue --queue q --json -- make -j4']],
  [['--queue=q', 'echo', "it's"], [`write: queuectl enqueue --queue=q -- echo 'it'\\''s'`]],
  [['--wait', '-f', '--queue', 'q', 'make'], ['write: queuectl enqueue --wait -f --queue q -- make']],
  [['{"command":"x"}'], []],
  [['-'], []],
  [[], []],
])('a hint for %j', (argv, hints) => {
  expect(enqueueHints(argv)).toEqual(hints);
});

test('a hint for JSON that a shell took apart', () => {
  expect(enqueueHints(['{id:job1,command:sleep', '2}'])[0]).toContain('single quotes');
});
