// The plugins in examples/ as their users have them: linked, enqueued, run by a worker.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileServer } from '../../examples/queuectl-plugin-download/fixtures/file-server.js';
import { root } from '../docs/documents.js';
import { Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const link = (type: string) =>
  sandbox.must('plugins', 'link', '--no-install', join(root, 'examples', `queuectl-plugin-${type}`));
const enqueue = async (...args: string[]) => (await sandbox.must('enqueue', ...args)).trim();
const details = async (id: string) => (await sandbox.queue()).details(id);
const causes = async (id: string) => (await details(id)).attempts.map(({ cause }) => cause);
const resultOf = async (id: string) => JSON.parse((await details(id)).attempts.at(-1)!.result!);

describe('http', () => {
  let server: Server;
  const serve = async (answer: RequestListener) => {
    server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  beforeEach(() => link('http'));
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  test('a busy server is asked again when it said, and its answer is the result', async () => {
    let asked = 0;
    const url = await serve((_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503, { 'retry-after': '1' }).end();
      else response.end('done');
    });
    const id = await enqueue(
      '--type',
      'http',
      '-p',
      `url=${url}?token=hush`,
      '-p',
      'json:={"a":1}',
      '-p',
      'expect=200,204',
    );
    expect(await sandbox.must('list')).toContain(`POST ${url}?token=***`);
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 2, timeoutMs: 60_000 });
    expect(await causes(id)).toEqual(['error:Http503', null]);
    expect(await resultOf(id)).toEqual({ status: 200, headers: {}, body: 'done' });
    expect(await sandbox.must('logs', id)).toContain(': 200 OK after');
    expect(asked).toBe(2);
  });

  test('what is not there is not asked for twice', async () => {
    const url = await serve((_, response) => response.writeHead(404).end());
    await sandbox.must('worker', 'start');
    const id = await enqueue('--type', 'http', '-p', `url=${url}`);
    expect(await sandbox.ended(id)).toMatchObject({ state: 'dead', cause: 'error:Http404', attempt: 1 });
  });

  test('a bad payload is refused in its own words', async () => {
    const { code, stderr } = await sandbox.run('enqueue', '--type', 'http', '-p', 'url=ftp://localhost/');
    expect(code).toBe(2);
    expect(stderr).toContain('url takes http or https, not ftp');
  });
});

describe('node', () => {
  test('a function of the folder that it was enqueued from fails, and ends, and may be changed in between', async () => {
    await link('node');
    const module = join(sandbox.folder, 'work.mjs');
    writeFileSync(module, 'export const add = (a, b) => { throw new RangeError("not yet"); };');
    await sandbox.must('worker', 'start');
    const words = ['--backoff-base', '0', '--max-retries', '100000', '-p', 'module=./work.mjs'];
    const id = await enqueue('--type', 'node', ...words, '-p', 'export=add', '-p', 'args=[1,2]');
    await sandbox.job(id, ({ failures }) => failures > 0);
    writeFileSync(module, 'export const add = (a, b) => { console.log("adding"); return a + b; };');
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
    expect((await causes(id))[0]).toBe('error:RangeError');
    expect(await resultOf(id)).toBe(3);
    expect(await sandbox.must('logs', id)).toBe('adding\n');
  });

  test('one that blocks is ended by its timeout, and one that is missing is final', async () => {
    await link('node');
    writeFileSync(join(sandbox.folder, 'block.mjs'), 'export default () => { for (;;); };');
    const words = ['--type', 'node', '-p', 'module=block.mjs', '--max-retries', '0'];
    const ids = [await enqueue(...words, '--timeout', '1s'), await enqueue(...words, '-p', 'export=none')];
    await sandbox.must('worker', 'start');
    const [blocking, missing] = await Promise.all(ids.map((id) => sandbox.ended(id)));
    expect(blocking).toMatchObject({ state: 'dead', cause: 'timeout' });
    expect(missing).toMatchObject({ state: 'dead', cause: 'error:ExportNotFound' });
  });
});

describe('download', () => {
  let server: FileServer;
  beforeEach(async () => {
    await link('download');
    server = await new FileServer().start();
    server.most = 100_000;
  });
  afterEach(() => server.stop());

  const part = (id: string) => join(sandbox.folder, `disk.iso.${id}.part`);
  const stalled = (id: string) =>
    until('100000 bytes', () => existsSync(part(id)) && statSync(part(id)).size === 100_000);
  const isThere = () => readFileSync(join(sandbox.folder, 'disk.iso')).equals(server.content);

  test('its command enqueues it; its time runs out; it goes on where it was', async () => {
    await sandbox.must('worker', 'start');
    const id = (await sandbox.must('download', server.url, '--sha256', server.sha256)).trim();
    await stalled(id);
    expect((await details(id)).job).toMatchObject({ maxRetries: 10, timeoutMs: 3_600_000 });
    await until('its progress', async () => (await sandbox.must('list')).includes('33 %'));
    await sandbox.must('cancel', id);
    expect(await sandbox.ended(id)).toMatchObject({ state: 'cancelled' });
    const retried = await enqueue(
      '{"type":"download","timeout_sec":2,"backoff_base":0,"id":"again"}',
      '--payload',
      JSON.stringify({ url: server.url }),
    );
    expect(await sandbox.ended(retried)).toMatchObject({ state: 'completed' });
    const ends = await causes(retried);
    expect(ends.slice(-2)).toEqual(['timeout', null]); // a busy machine may need more than two
    expect(server.asked.slice(-2)).toEqual(['all', 'bytes=100000-']);
    expect(await resultOf(retried)).toMatchObject({ bytes: 300_000, sha256: server.sha256 });
    expect(isThere()).toBe(true);
  });

  test('its worker is killed, then the connection breaks: the next worker learns of that, and resumes', async () => {
    await sandbox.must('worker', 'start');
    const id = (await sandbox.must('download', server.url)).trim();
    await stalled(id);
    for (const pid of await sandbox.workerPids()) process.kill(pid, 'SIGKILL');
    server.breakConnections();
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 2 });
    expect(server.asked).toEqual(['all', 'bytes=100000-']);
    expect(isThere()).toBe(true);
  });

  test('its command tells what is wrong, as every command does', async () => {
    const { code, stdout } = await sandbox.run('download', 'nowhere', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.message).toContain('complete address');
  });
});
