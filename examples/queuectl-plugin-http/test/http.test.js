// Requests to a real server, as a worker would send them.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { runJob } from 'queuectl/testing';
import { startServer } from '../fixtures/server.js';
import jobTypes from '../src/job-types.js';

const [type] = await jobTypes({ api: 1 });
assert.ok(type);

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** @type {Parameters<typeof startServer>[0]} */
let answer;

beforeEach(async () => {
  server = await startServer((asked, response) => answer(asked, response));
});
afterEach(() => server[Symbol.asyncDispose]());

/** @param {object} payload @param {import('queuectl/testing').RunJobOptions} [options] */
const run = (payload, options) => runJob(type, { url: `${server.url}/`, ...payload }, options);

/** @param {object} payload @returns {Promise<any>} */
const resultOf = async (payload) => (await run(payload)).result;

test('an answer becomes the result, and one line of output', async () => {
  answer = (_, response) => response.setHeader('etag', '"1"').setHeader('set-cookie', 'secret').end('hello');
  const { outcome, result, log } = await run({});
  assert.equal(outcome, 'succeeded');
  assert.deepEqual(result, { status: 200, headers: { etag: '"1"' }, body: 'hello' });
  assert.match(log, /^GET http:\/\/127\.0\.0\.1:\d+\/: 200 OK after \d+ ms\n$/);
});

test('method, headers, text and JSON are sent', async () => {
  answer = (_, response) => response.end();
  await run({ headers: { 'X-One': '1' }, body: 'grüße' });
  await run({ method: 'put', json: { a: [1, null] } });
  await run({ json: 'text', headers: { 'Content-Type': 'application/vnd.api+json' } });
  const seen = server.asked.map(({ method, headers, text }) => [method, headers['content-type'], text]);
  assert.deepEqual(seen, [
    ['POST', 'text/plain;charset=UTF-8', 'grüße'],
    ['PUT', 'application/json', '{"a":[1,null]}'],
    ['POST', 'application/vnd.api+json', '"text"'],
  ]);
  assert.equal(server.asked[0]?.headers['x-one'], '1');
});

test('statuses that can pass are retried, the others are final', async () => {
  answer = ({ url }, response) => response.writeHead(Number(url?.slice(1))).end('no such\npage');
  for (const status of [408, 425, 429, 500, 503]) {
    const { cause, final } = await run({ url: `${server.url}/${status}` });
    assert.deepEqual([cause, final], [`error:Http${status}`, false]);
  }
  for (const status of [400, 401, 404, 410, 304]) {
    const { cause, final } = await run({ url: `${server.url}/${status}` });
    assert.deepEqual([cause, final], [`error:Http${status}`, true]);
  }
  const { detail } = await run({ url: `${server.url}/404` });
  assert.equal(detail, `GET ${server.url}/404 was answered with 404 Not Found: no such page`);
});

test('expect and retry_on may say otherwise', async () => {
  answer = (_, response) => response.writeHead(404).end();
  assert.equal((await run({ expect: [200, '4xx'] })).outcome, 'succeeded');
  assert.equal((await run({ expect: 404 })).outcome, 'succeeded');
  assert.equal((await run({ retry_on: [404] })).final, false);
});

test('Retry-After is obeyed as seconds and as a date', async () => {
  const soon = new Date(Date.now() + 3_600_000).toUTCString();
  const said = { '/2': '2', '/date': soon, '/past': new Date(0).toUTCString(), '/long': '99999999', '/odd': 'later' };
  answer = ({ url }, response) => response.writeHead(429, { 'retry-after': Object(said)[`${url}`] }).end();
  /** @param {string} path */
  const delay = async (path) => (await run({ url: server.url + path })).retryAfterMs;
  assert.equal(await delay('/2'), 2000);
  const hour = await delay('/date');
  assert.ok(hour && hour > 3_000_000 && hour <= 3_600_000, `${hour}`);
  assert.equal(await delay('/past'), 0);
  assert.equal(await delay('/long'), 86_400_000);
  assert.equal(await delay('/odd'), undefined);
});

test('a network error has the name of its reason, and is retried', async () => {
  await server[Symbol.asyncDispose]();
  const { cause, detail, final } = await run({});
  assert.deepEqual([cause, final], ['error:ECONNREFUSED', false]);
  assert.match(`${detail}`, /^GET http.* failed: connect ECONNREFUSED/);
});

test('an answer that breaks off is retried', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('abc');
    setImmediate(() => response.destroy());
  };
  const { outcome, final, cause } = await run({});
  assert.deepEqual([outcome, final], ['failed', false]);
  assert.match(`${cause}`, /^error:(UND_ERR_SOCKET|ECONNRESET)$/);
});

test('the body is kept up to max_body, whole characters only', async () => {
  answer = (_, response) => response.end('äöü'.repeat(1000));
  assert.deepEqual(await resultOf({ max_body: 5 }), { status: 200, headers: {}, body: 'äö', truncated: true });
  assert.equal((await resultOf({ max_body: 6000 })).truncated, undefined);
});

test('an endless body is left', async () => {
  answer = (_, response) => {
    const more = () => void (response.write('x'.repeat(1000)) ? setImmediate(more) : response.once('drain', more));
    more();
  };
  assert.equal((await resultOf({ max_body: 100 })).body.length, 100);
});

test('what is no text is kept as base64, and other charsets are read', async () => {
  answer = ({ url }, response) => {
    if (url === '/latin') response.setHeader('content-type', 'text/plain; charset=iso-8859-1');
    response.end(Buffer.from([0xe4, 0xff]));
  };
  assert.equal((await resultOf({})).body_base64, '5P8=');
  assert.equal((await resultOf({ url: `${server.url}/latin` })).body, 'äÿ');
});

test('redirects are followed', async () => {
  answer = ({ url }, response) => {
    if (url === '/') response.writeHead(302, { location: '/there' }).end();
    else response.end('arrived');
  };
  assert.equal((await resultOf({})).body, 'arrived');
});

test('the signal ends a request that hangs, before and within its body', { timeout: 20_000 }, async () => {
  for (const begun of [false, true]) {
    const end = new AbortController();
    const reason = Object.assign(new Error('timed out'), { name: 'timeout' });
    answer = (_, response) => {
      if (begun) response.write('some');
      setImmediate(() => end.abort(reason));
    };
    assert.equal((await run({}, { signal: end.signal })).cause, 'error:timeout');
  }
});

test('secrets are sent, and shown nowhere', async () => {
  answer = ({ url }, response) => response.writeHead(url?.startsWith('/ok') ? 200 : 500).end();
  const { host } = new URL(server.url);
  const env = { API_AUTH: 'Bearer hush1' };
  const runs = [
    await run({ url: `http://me:hush2@${host}/ok?api_key=hush3&page=2#hush4` }),
    await run({ headers: { authorization: 'hush5' } }),
    await run({ headers_from_env: { authorization: 'API_AUTH' } }, { job: { env } }),
  ];
  assert.ok(!JSON.stringify(runs.map((one) => ({ ...one, steps: null }))).includes('hush'));
  assert.match(`${runs[0]?.log}`, /GET http:\/\/\*\*\*@[^/]+\/ok\?api_key=\*\*\*&page=2: 200/);
  const sent = server.asked.map(({ headers }) => headers.authorization);
  assert.deepEqual(sent, [`Basic ${btoa('me:hush2')}`, 'hush5', 'Bearer hush1']);
});

test('a variable that is missing or unfit is final, and not quoted', async () => {
  const payload = { headers_from_env: { authorization: 'API_AUTH_OF_A_TEST' } };
  const missing = await run(payload);
  assert.deepEqual([missing.cause, missing.final], ['error:MissingVariable', true]);
  const unfit = await run(payload, { job: { env: { API_AUTH_OF_A_TEST: 'hush\nhush' } } });
  assert.deepEqual([unfit.cause, unfit.final], ['error:BadVariable', true]);
  assert.ok(!unfit.log.includes('hush'));
});
