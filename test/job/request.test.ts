// What a request to enqueue may hold, key by key.
import { describe, expect, test } from 'vitest';
import { BadInput, ExitCode } from '../../src/errors.js';
import { checkRequest, REQUEST_KEYS } from '../../src/job/request.js';

const YEAR_SEC = 365 * 86_400;

/** The request with one more key; a command is given unless the key says what to run. */
function withKey(key: string, value: unknown): unknown {
  if (['command', 'argv', 'payload'].includes(key)) return { [key]: value };
  const only = ['key_scope', 'if_exists'].includes(key) ? { key: 'k' } : {};
  return { command: 'true', ...only, [key]: value };
}

function refusal(request: unknown): BadInput {
  try {
    checkRequest(request);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput);
    expect((error as BadInput).exitCode).toBe(ExitCode.usage);
    return error as BadInput;
  }
  throw new Error(`was accepted: ${JSON.stringify(request)}`);
}

test('a command alone is a job for the shell, in the queue of its type, now', () => {
  expect(checkRequest({ command: 'sleep 2' })).toEqual({
    id: null,
    type: 'shell',
    input: { command: 'sleep 2' },
    queue: null,
    priority: 0,
    when: null,
    expiresInMs: null,
    key: null,
    keyScope: 'unfinished',
    ifExists: 'error',
    maxRetries: null,
    timeoutMs: null,
    backoffBase: null,
    backoffMaxMs: null,
    env: null,
    cwd: null,
  });
});

/** For each key: what is taken, what it becomes, and what is refused. */
// biome-ignore format: a table
const keys: Record<string, { good: [unknown, object][]; bad: unknown[] }> = {
  id: {
    good: [['job1', { id: 'job1' }]],
    bad: [5, '', '17', '3-7', 'a b', 'x'.repeat(129), 'a\0b', null],
  },
  command: {
    good: [['echo x', { input: { command: 'echo x' }, type: 'shell' }]],
    bad: [5, null, ['echo'], 'a\0b'],
  },
  argv: {
    good: [[['make', '-j4', ''], { input: { argv: ['make', '-j4', ''] } }]],
    bad: ['make', [], [1], ['a\0b'], [null], {}],
  },
  type: { good: [['shell', { type: 'shell' }]], bad: [5, '', 'a b', null] },
  payload: {
    good: [
      [{ command: 'x' }, { type: 'shell', input: { command: 'x' } }],
      [[1], { input: [1] }],
      [null, { input: null }],
      [0, { input: 0 }],
    ],
    bad: [],
  },
  queue: { good: [['mail', { queue: 'mail' }], ['7', { queue: '7' }]], bad: [5, '', 'a/b', '../x', '-q', null] },
  priority: {
    good: [[-1000, { priority: -1000 }], [1000, { priority: 1000 }], [-1, { priority: -1 }]],
    bad: [-1001, 1001, 2 ** 31, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null, true],
  },
  run_at: {
    good: [['2026-12-01T10:00:00Z', { when: { at: Date.UTC(2026, 11, 1, 10) } }], ['+5m', { when: { inMs: 300_000 } }]],
    bad: [1, '1', 'tomorrow 09:00', '2026-02-30T00:00:00Z', null],
  },
  delay: {
    good: [[90, { when: { inMs: 90_000 } }], ['5m', { when: { inMs: 300_000 } }], [0, { when: { inMs: 0 } }]],
    bad: [-1, 'soon', null, true, '40000d'],
  },
  timeout_sec: {
    good: [[0, { timeoutMs: 0 }], [0.5, { timeoutMs: 500 }], [YEAR_SEC, { timeoutMs: YEAR_SEC * 1000 }]],
    bad: [-1, YEAR_SEC + 1, '5', Number.NaN, null],
  },
  max_retries: {
    good: [[0, { maxRetries: 0 }], [1_000_000, { maxRetries: 1_000_000 }]],
    bad: [-1, 1.5, 1_000_001, '3', null],
  },
  backoff_base: { good: [[0, { backoffBase: 0 }], [1.5, { backoffBase: 1.5 }]], bad: [-1, 1001, '2', Number.NaN, null] },
  backoff_max_sec: { good: [[60, { backoffMaxMs: 60_000 }]], bad: [-1, YEAR_SEC + 1, '60', null] },
  key: {
    good: [['nightly', { key: 'nightly' }], ['../ü 日 7', { key: '../ü 日 7' }], ['x'.repeat(512), {}]],
    bad: [5, '', 'x'.repeat(513), 'ü'.repeat(257), 'a\nb', 'a\0b', '\x1b[31m', '\ud800', null, {}],
  },
  key_scope: { good: [['unfinished', { keyScope: 'unfinished' }], ['all', { keyScope: 'all' }]], bad: ['one', '', 1, null] },
  if_exists: { good: [['skip', { ifExists: 'skip' }], ['replace', { ifExists: 'replace' }]], bad: ['ignore', '', true, null] },
  expires_in: {
    good: [[90, { expiresInMs: 90_000 }], ['10m', { expiresInMs: 600_000 }], [0.5, { expiresInMs: 500 }]],
    bad: [0, '0s', -1, 'soon', null, true, '40000d'],
  },
  env: {
    good: [[{ A: '1', odd_name: '' }, { env: { A: '1', odd_name: '' } }], [{}, { env: {} }]],
    bad: ['A=1', ['A'], { A: 1 }, { 'A=B': 'x' }, { '': 'x' }, { 'A\0': 'x' }, { A: 'x\0y' }, { A: null }, null],
  },
  cwd: { good: [['/tmp', { cwd: '/tmp' }]], bad: ['tmp', '', './x', 5, '/tmp\0', null] },
  split_output: { good: [[true, {}], [false, {}]], bad: ['true', 1, null] },
};

test('the table below covers every key', () => {
  expect(Object.keys(keys).sort()).toEqual([...REQUEST_KEYS].sort());
});

for (const [key, { good, bad }] of Object.entries(keys)) {
  describe(key === 'priority' ? 'F48 priority' : key, () => {
    test.each(good.map(([value, becomes]) => ({ value, becomes })))('takes $value', ({ value, becomes }) => {
      expect(checkRequest(withKey(key, value))).toMatchObject(becomes);
    });
    test.each(bad.map((value) => ({ value })))('refuses $value, and names the key', ({ value }) => {
      const { message } = refusal(withKey(key, value));
      expect(message).toContain(key);
      expect(message.length).toBeLessThan(300);
    });
  });
}

describe('what belongs together', () => {
  test.each([{}, { id: 'x' }, { type: 'shell' }])('%j has no command, and the refusal shows one', (request) => {
    const { message, suggestions } = refusal(request);
    expect(message).toBe('the job has no command');
    expect(suggestions.join()).toContain('queuectl enqueue -- sleep 2');
  });

  test.each([
    { command: 'x', argv: ['x'] },
    { command: 'x', payload: {} },
    { argv: ['x'], payload: null },
  ])('%j says twice what to run', (request) => {
    expect(refusal(request).message).toContain('exclude each other');
  });

  test('key_scope needs a key, and if_exists a key or an id', () => {
    expect(refusal({ command: 'x', key_scope: 'all', id: 'a' }).message).toContain('without a key');
    expect(refusal({ command: 'x', if_exists: 'skip' }).suggestions).toEqual(['give it a key or an id']);
    expect(checkRequest({ command: 'x', if_exists: 'skip', id: 'a' })).toMatchObject({ ifExists: 'skip', key: null });
  });

  test('run_at and delay exclude each other', () => {
    expect(refusal({ command: 'x', run_at: '+5m', delay: 5 }).message).toContain('twice');
  });

  test('a job type of its own gets its payload as it is; without one it gets an empty object', () => {
    expect(checkRequest({ type: 'http', payload: { url: 'x' } })).toMatchObject({ type: 'http', input: { url: 'x' } });
    expect(checkRequest({ type: 'http' })).toMatchObject({ type: 'http', input: {} });
  });

  test('a command for a job type other than shell is refused rather than dropped', () => {
    expect(refusal({ type: 'http', command: 'x' }).message).toContain('command');
    expect(refusal({ type: 'http', argv: ['x'] }).message).toContain('argv');
  });

  test.each([null, 5, 'text', [], true])('%j is not a job', (value) => {
    expect(refusal(value).message).toBe('a job is a JSON object');
  });
});

test('F42 a variable of 128 KiB or more is refused when it is enqueued, its name and end included', () => {
  const value = 'x'.repeat(128 * 1024 - 3);
  expect(checkRequest({ command: 'x', env: { A: value } }).env).toEqual({ A: value });
  expect(refusal({ command: 'x', env: { AB: value } }).message).toContain('env.AB: a variable of 128 KiB');
});

describe('unknown keys', () => {
  test.each([
    ['comand', 'command'],
    ['priorty', 'priority'],
    ['timeout', 'timeout_sec'],
    ['max', undefined],
    ['max_retry', 'max_retries'],
    ['timeout_secs', 'timeout_sec'],
  ])('%s is refused, with the nearest known key', (key, meant) => {
    const { message, suggestions } = refusal({ command: 'x', [key]: 1 });
    expect(message).toBe(`unknown key "${key}"`);
    expect(suggestions[0]).toBe(meant ? `did you mean "${meant}"?` : `known keys: ${REQUEST_KEYS.join(', ')}`);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'after', 'tags', 'rate'])(
    '%s is unknown',
    (key) => {
      const request = JSON.parse(`{"command":"x","${key}":"y"}`);
      expect(refusal(request).message).toBe(`unknown key "${key}"`);
    },
  );

  test('F45 a key of a megabyte is refused at once, in a short message', () => {
    expect(refusal({ ['x'.repeat(1_000_000)]: 1 }).message.length).toBeLessThan(300);
  });
});

test('split_output is a matter of the shell', () => {
  expect(checkRequest({ command: 'x', split_output: true }).input).toEqual({ command: 'x', split_output: true });
  expect(checkRequest({ command: 'x', split_output: false }).input).toEqual({ command: 'x' });
  const payload = { argv: ['cat'], stdin: 'text' };
  expect(checkRequest({ payload, split_output: true }).input).toEqual({ ...payload, split_output: true });
  expect(() => checkRequest({ type: 'mail', split_output: true })).toThrow('split_output is for jobs of type shell');
});
