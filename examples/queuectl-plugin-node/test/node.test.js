// Functions of real modules, called as a worker would.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runJob } from 'queuectl/testing';
import jobTypes from '../src/job-types.js';
import node from '../src/node.js';

const cwd = fileURLToPath(new URL('../fixtures', import.meta.url));
const [type] = await jobTypes({ api: 1 });
assert.ok(type);

/** @param {object} payload @param {import('queuectl/testing').RunJobOptions} [options] */
const run = (payload, options) => runJob(type, payload, { job: { cwd }, ...options });

test('the default export is called with the arguments alone, and its value is the result', async () => {
  const { outcome, result } = await run({ module: 'sums.js', args: [1] });
  assert.deepEqual([outcome, result], ['succeeded', { sum: 11 }]);
});

test('a path may be absolute, and an export named', async () => {
  const { outcome, result } = await run({ module: join(cwd, 'sums.js'), export: 'nothing' }, { job: { cwd: null } });
  assert.deepEqual([outcome, result], ['succeeded', undefined]);
});

test('a CommonJS module has its names', async () => {
  assert.equal((await run({ module: 'old.cjs', export: 'twice', args: [4] })).result, 8);
});

test('what the function throws says how the job goes on', async () => {
  const { cause, detail, final, retryAfterMs } = await run({ module: 'sums.js', export: 'fail' });
  assert.deepEqual([cause, detail, final, retryAfterMs], ['error:RangeError', 'not today', false, 5000]);
});

test('with context, steps are replayed', async () => {
  const payload = { module: 'sums.js', export: 'stepwise', args: ['you'], context: true };
  const first = await run(payload);
  assert.deepEqual([first.result, first.progress], ['hello you of attempt 1', [0.5]]);
  const second = await run(payload, { attempt: 2, steps: first.steps });
  assert.equal(second.log, 'hello you of attempt 1\n');
});

/** @type {[object, string, RegExp][]} */
const FINAL = [
  [{ module: 'none.js' }, 'ModuleNotFound', /there is no file \/.*none\.js/],
  [{ module: '.' }, 'ModuleNotFound', /there is no file/],
  [{ module: 'sums.js', export: 'subtract' }, 'ExportNotFound', /it exports answer, default, fail/],
  [{ module: 'sums.js', export: 'answer' }, 'NotAFunction', /"answer" of .* is no function/],
];

for (const [payload, name, said] of FINAL) {
  test(`${JSON.stringify(payload)} ends as ${name}, and is not tried again`, async () => {
    const { cause, detail, final } = await run(payload);
    assert.deepEqual([cause, final], [`error:${name}`, true]);
    assert.match(`${detail}`, said);
  });
}

test('a relative path needs the folder of the job', async () => {
  const { cause, final } = await run({ module: 'sums.js' }, { job: { cwd: null } });
  assert.deepEqual([cause, final], ['error:ModuleNotFound', true]);
});

test('a module that cannot be loaded for now is tried again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'queuectl-plugin-node-'));
  try {
    await writeFile(join(folder, 'early.mjs'), "import './missing.mjs';");
    const { cause, final } = await run({ module: 'early.mjs' }, { job: { cwd: folder } });
    assert.deepEqual([cause, final], ['error:ERR_MODULE_NOT_FOUND', false]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** @type {[unknown, RegExp][]} */
const REFUSED = [
  ['sums.js', /is an object/],
  [{}, /module is missing/],
  [{ module: '' }, /path of a file/],
  [{ module: 'https://example.com/a.js' }, /path of a file/],
  [{ module: 'node:fs' }, /path of a file/],
  [{ module: 'a.js', export: 7 }, /name of a function/],
  [{ module: 'a.js', args: 'b' }, /args takes a list/],
  [{ module: 'a.js', context: 'yes' }, /true or false/],
  [{ module: 'a.js', arg: [] }, /no key "arg"/],
];

for (const [payload, said] of REFUSED) {
  test(`${JSON.stringify(payload)} is refused`, () => assert.throws(() => node.parse(payload), said));
}

test('one line tells what is called', () => {
  const payload = node.parse({ module: './thumbnails.js', export: 'make', args: ['a.jpg', { width: 200 }] });
  assert.equal(node.describe(payload), './thumbnails.js make("a.jpg", {"width":200})');
  assert.ok(node.describe({ ...payload, args: ['x'.repeat(500)] }).length < 120);
  assert.deepEqual(node.parse(JSON.parse(JSON.stringify(payload))), payload);
});
