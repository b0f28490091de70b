// Downloads from a real server, interrupted and resumed as a worker would.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { runJob } from 'queuectl/testing';
import { FileServer } from '../fixtures/file-server.js';
import jobTypes from '../src/job-types.js';

const [type] = await jobTypes({ api: 1 });
assert.ok(type);

/** @type {FileServer} */
let server;
/** @type {string} */
let cwd;

beforeEach(async () => {
  server = await new FileServer().start();
  cwd = mkdtempSync(join(tmpdir(), 'queuectl-plugin-download-'));
});
afterEach(async () => {
  await server.stop();
  rmSync(cwd, { recursive: true });
});

/** @param {object} [payload] @param {import('queuectl/testing').RunJobOptions} [options] */
const run = (payload, options) => runJob(type, { url: server.url, ...payload }, { job: { id: '7', cwd }, ...options });

/**
 * Calls once the part has so many bytes, at which the server stalls from now on.
 * @param {number} bytes
 * @param {() => void} then
 */
function whenStalled(bytes, then, part = join(cwd, 'disk.iso.7.part')) {
  server.most = bytes;
  const looking = setInterval(() => {
    if (!existsSync(part) || statSync(part).size !== bytes) return;
    clearInterval(looking);
    server.most = Number.POSITIVE_INFINITY;
    then();
  }, 5);
}

/** An attempt whose connection breaks after so many bytes. @param {number} bytes @param {object} [payload] */
async function interrupted(bytes, payload) {
  whenStalled(bytes, () => server.breakConnections());
  const first = await run(payload);
  assert.deepEqual([first.outcome, first.final], ['failed', false]);
  assert.ok(readFileSync(join(cwd, 'disk.iso.7.part')).equals(server.content.subarray(0, bytes)));
  return first;
}

function assertIsThere(name = 'disk.iso') {
  assert.ok(readFileSync(join(cwd, name)).equals(server.content));
  assert.deepEqual(readdirSync(cwd), [name]);
}

test('a file arrives whole, with its size and checksum as the result', async () => {
  const { result, progress } = await run({ sha256: server.sha256.toUpperCase() });
  assert.deepEqual(result, { file: join(cwd, 'disk.iso'), bytes: 300_000, sha256: server.sha256 });
  assert.equal(progress.at(-1), 1);
  assert.deepEqual(
    progress,
    [...progress].sort((a, b) => a - b),
  );
  assert.deepEqual(server.asked, ['all']);
  assertIsThere();
});

test('a broken transfer is resumed where it stopped', async () => {
  const { steps, cause } = await interrupted(100_000);
  assert.match(`${cause}`, /^error:(UND_ERR_SOCKET|ECONNRESET)$/);
  assert.deepEqual([...steps.keys()], ['source']);
  const { outcome, progress, log } = await run({ sha256: server.sha256 }, { steps, attempt: 2 });
  assert.equal(outcome, 'succeeded');
  assert.match(log, /resuming after 100000 of 300000 bytes/);
  assert.ok(progress.every((done) => done > 1 / 3));
  assert.deepEqual(server.asked, ['all', 'bytes=100000-']);
  assertIsThere();
});

test('the signal ends a transfer that stalls, and its part is kept', async () => {
  const end = new AbortController();
  whenStalled(200_000, () => end.abort(Object.assign(new Error('timed out'), { name: 'timeout' })));
  const { cause, steps } = await run({}, { signal: end.signal });
  assert.equal(cause, 'error:timeout');
  await run({}, { steps });
  assert.deepEqual(server.asked, ['all', 'bytes=200000-']);
  assertIsThere();
});

test('a file that changed meanwhile is fetched from the beginning', async () => {
  const { steps } = await interrupted(100_000);
  server.content = Buffer.from('another');
  server.etag = '"2"';
  assert.equal((await run({}, { steps })).outcome, 'succeeded');
  assertIsThere();
});

test('what arrived of a changed file is not taken for the old one, should that come back', async () => {
  const { steps } = await interrupted(100_000);
  const old = server.content;
  server.content = Buffer.alloc(300_000, 'x');
  server.etag = '"2"';
  whenStalled(200_000, () => server.breakConnections(), join(cwd, 'disk.iso.7.part.new'));
  assert.equal((await run({}, { steps })).outcome, 'failed');
  Object.assign(server, { content: old, etag: '"1"' });
  assert.equal((await run({}, { steps })).outcome, 'succeeded');
  assertIsThere();
});

test('without ranges, or without a version to trust, it begins again', async () => {
  server.ranges = false;
  const { steps } = await interrupted(100_000);
  assert.equal((await run({}, { steps })).outcome, 'succeeded');
  assertIsThere();
  rmSync(join(cwd, 'disk.iso'));
  for (const etag of [undefined, 'W/"1"']) {
    Object.assign(server, { ranges: true, etag, asked: [] });
    const { steps } = await interrupted(100_000);
    assert.equal((await run({}, { steps })).outcome, 'succeeded');
    assert.deepEqual(server.asked, ['all', 'all']);
    rmSync(join(cwd, 'disk.iso'));
  }
});

test('a part that a job of another queue left under this name is gone before there is anything to resume', async () => {
  const part = join(cwd, 'disk.iso.7.part');
  writeFileSync(part, 'something else');
  class Steps extends Map {
    /** @override @param {string} name @param {string} json */
    set(name, json) {
      if (name === 'source') assert.ok(!existsSync(part));
      return super.set(name, json);
    }
  }
  const { outcome } = await run({}, { steps: new Steps() });
  assert.equal(outcome, 'succeeded');
  assertIsThere();
});

test('a wrong checksum in one piece is final, one of pieces is fetched again', async () => {
  const wrong = { sha256: '0'.repeat(64) };
  const whole = await run(wrong);
  assert.deepEqual([whole.cause, whole.final], ['error:ChecksumMismatch', true]);
  assert.match(`${whole.detail}`, new RegExp(`its SHA-256 is ${server.sha256}, not 0000`));
  assert.deepEqual(readdirSync(cwd), []);
  const { steps } = await interrupted(100_000, wrong);
  const pieces = await run(wrong, { steps });
  assert.deepEqual([pieces.cause, pieces.final], ['error:ChecksumMismatch', false]);
  assert.deepEqual(readdirSync(cwd), []);
  assert.equal((await run({ sha256: server.sha256 }, { steps })).outcome, 'succeeded');
});

test('what was verified is neither fetched nor read again', async () => {
  const { steps, result } = await run();
  const again = await run({}, { steps, attempt: 2 });
  assert.deepEqual(again.result, result);
  assert.deepEqual(server.asked, ['all']);
  rmSync(join(cwd, 'disk.iso'));
  const lost = await run({}, { steps, attempt: 3 });
  assert.deepEqual([lost.cause, lost.final], ['error:PartLost', true]);
});

test('a part that is complete is only verified', async () => {
  const { steps } = await interrupted(100_000);
  writeFileSync(join(cwd, 'disk.iso.7.part'), server.content);
  await run({ sha256: server.sha256 }, { steps });
  assert.deepEqual(server.asked, ['all']);
  assertIsThere();
});

test('an empty file', async () => {
  server.content = Buffer.alloc(0);
  assert.equal(Object(await run()).result.bytes, 0);
  assertIsThere();
});

test('statuses that can pass are retried after Retry-After, the others are final', async () => {
  server.moreHeaders = { 'retry-after': '3' };
  for (const [status, final] of /** @type {const} */ ([
    [503, false],
    [429, false],
    [404, true],
    [403, true],
  ])) {
    server.status = status;
    const { cause, final: is, retryAfterMs } = await run();
    assert.deepEqual([cause, is, retryAfterMs], [`error:Http${status}`, final, 3000]);
  }
  assert.deepEqual(readdirSync(cwd), []);
});

test('what would be in the way at the end is told at the beginning', async () => {
  mkdirSync(join(cwd, 'disk.iso'));
  assert.deepEqual([(await run()).cause, (await run({ to: 'none/a' })).cause], ['error:IsFolder', 'error:NoFolder']);
  const { cause, final } = await run({}, { job: { cwd: null } });
  assert.deepEqual([cause, final], ['error:NoFolder', true]);
  assert.deepEqual(server.asked, []);
});

test('a user in the URL is sent, and shown nowhere', async () => {
  const url = `http://me:hush1@${server.host}/disk.iso?token=hush2`;
  const good = await run({ url });
  assert.equal(server.authorization, `Basic ${btoa('me:hush1')}`);
  server.status = 404;
  const bad = await run({ url }, {});
  assert.match(`${bad.detail}`, /\*\*\*@.*token=\*\*\*/);
  assert.ok(!JSON.stringify([good, bad]).includes('hush'));
});
