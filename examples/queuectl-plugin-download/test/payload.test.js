// What is refused when a job is enqueued, by the type and by the command.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import command from '../src/commands/download.js';
import download from '../src/download.js';

const url = 'https://example.com/files/disk%201.iso?a=b';

/** @type {[unknown, RegExp][]} */
const REFUSED = [
  ['x', /is an object/],
  [{}, /url is missing/],
  [{ url: 'disk.iso' }, /complete address/],
  [{ url: 'ftp://example.com/disk.iso' }, /http or https, not ftp/],
  [{ url: 'https://example.com/' }, /no name for a file/],
  [{ url: 'https://example.com/..%2f..%2fetc%2fpasswd' }, /no name for a file/],
  [{ url: 'https://example.com/%2e%2e' }, /no name for a file/],
  [{ url: 'https://example.com/%zz' }, /no name for a file/],
  [{ url, to: 'folder/' }, /path of a file/],
  [{ url, to: 7 }, /path of a file/],
  [{ url, sha256: '9f86d0' }, /64 hexadecimal/],
  [{ url, too: 'a' }, /no key "too"/],
];

for (const [payload, said] of REFUSED) {
  test(`${JSON.stringify(payload)} is refused`, () => assert.throws(() => download.parse(payload), said));
}

test('the name comes from the URL', () => {
  const payload = download.parse({ url });
  assert.deepEqual(payload, { url, to: 'disk 1.iso' });
  assert.deepEqual(download.parse(payload), payload);
  assert.equal(download.describe(payload), `${url} to disk 1.iso`);
});

/** @param {string[]} argv what it hands to enqueue */
async function handedOn(...argv) {
  /** @type {string[][]} */
  const handed = [];
  await command.run(argv, { runCommand: async (...[, words]) => void handed.push(words) });
  return handed[0] ?? [];
}

test('the command hands a job to enqueue', async () => {
  const [job, ...flags] = await handedOn(url, '--to', '../a', '--queue', 'big', '--json');
  assert.deepEqual(JSON.parse(`${job}`), {
    type: 'download',
    payload: { url, to: new URL('../a', `file://${process.cwd()}/`).pathname },
  });
  assert.deepEqual(flags, ['--queue=big', '--json']);
});

test('the command refuses with exit code 2', async () => {
  for (const argv of [[], [url, 'b'], [url, '--sha', 'x'], ['nowhere'], [url, '--sha256', 'x']]) {
    await assert.rejects(handedOn(...argv), (/** @type {any} */ error) => error.oclif.exit === 2);
  }
});
