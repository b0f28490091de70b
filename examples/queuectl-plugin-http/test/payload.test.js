// What is refused when a job is enqueued.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import http from '../src/http.js';

const url = 'https://example.com/';

/** @type {[unknown, RegExp][]} */
const REFUSED = [
  [null, /is an object/],
  [[], /is an object/],
  [{}, /url is missing/],
  [{ url: 'example.com' }, /complete address/],
  [{ url: 'https://exa mple.com/' }, /complete address/],
  [{ url: 'https://example.com/\r\nX: y' }, /complete address/],
  [{ url: 7 }, /complete address/],
  [{ url: 'file:///etc/passwd' }, /http or https, not file/],
  [{ url: 'https://a%zz:b@example.com' }, /%25/],
  [{ url, metod: 'GET' }, /no key "metod"; it has url, method/],
  [{ url, method: 'GE T' }, /method takes a word/],
  [{ url, method: 'CONNECT' }, /cannot be CONNECT/],
  [{ url, method: 'get', body: 'x' }, /GET cannot send a body/],
  [{ url, body: 'x', json: 1 }, /exclude each other/],
  [{ url, body: { a: 1 } }, /go into json/],
  [{ url, headers: ['a'] }, /object of names/],
  [{ url, headers: { 'a b': 'c' } }, /name of a header/],
  [{ url, headers: { a: 'b\r\nC: d' } }, /line break/],
  [{ url, headers: { a: 'ключ' } }, /no header can have/],
  [{ url, headers: { 'Content-Length': '3' } }, /cannot be set/],
  [{ url, headers_from_env: { a: 'not a name' } }, /name of a variable/],
  [{ url, expect: 'ok' }, /status codes such as/],
  [{ url, expect: '200,' }, /status codes such as/],
  [{ url, expect: {} }, /status codes such as/],
  [{ url, retry_on: [999] }, /status codes such as/],
  [{ url, max_body: 1e9 }, /whole number of bytes/],
];

for (const [payload, said] of REFUSED) {
  test(`${JSON.stringify(payload)} is refused`, () => assert.throws(() => http.parse(payload), said));
}

test('a refusal does not repeat a value that may be a secret', () => {
  assert.throws(
    () => http.parse({ url, headers: { authorization: 'hush\n' } }),
    (/** @type {Error} */ { message }) => !message.includes('hush'),
  );
});

test('statuses are a list, or text as one types it', () => {
  for (const expect of [[200, '5XX'], ['200', '5xx'], '200,5xx']) {
    assert.deepEqual(http.parse({ url, expect }).expect, [200, '5xx']);
  }
});

test('what parse returns is what it takes', () => {
  const once = http.parse({ url, json: null, expect: 204, headers: { a: 'b' }, max_body: '10' });
  assert.deepEqual(http.parse(JSON.parse(JSON.stringify(once))), once);
  assert.deepEqual(once.expect, [204]);
  assert.equal(once.method, 'POST');
});
