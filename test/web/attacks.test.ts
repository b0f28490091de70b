// What the dashboard answers to those who try: odd requests, names it was not given, bodies without end, pages that never read.
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox, until } from '../sandbox.js';
import { ask, type Dashboard, startDashboard } from './dashboard.js';

let sandbox: Sandbox;
let dashboard: Dashboard;
let bearer: Record<string, string>;

beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.enqueue({ id: 'job', command: 'true', delay: 86_400 });
  const names = ['queue.example.com', '127.0.0.1:8000', '2001:db8::1'].map((name) => `--allow-host=${name}`);
  dashboard = await startDashboard(sandbox, '--write', '--allow-enqueue', ...names);
  bearer = { authorization: `Bearer ${dashboard.token}`, 'content-type': 'application/json' };
});
afterAll(async () => {
  await dashboard?.stop();
  await sandbox.remove();
});

/** Sends a text as it is. @returns what came back until the connection was closed */
function raw(...lines: string[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(dashboard.port, '127.0.0.1', () => socket.write(lines.join('\r\n')));
    let got = '';
    socket.on('data', (chunk) => (got += chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(got));
  });
}

const ownHost = () => `Host: 127.0.0.1:${dashboard.port}`;

describe('a path that is not what it seems opens nothing without a token', () => {
  test.each([
    '/assets/../api/v1/overview',
    '/assets/%2e%2e/api/v1/overview',
    '/assets/%2E%2E%2Fapi/v1/overview',
    '/session/../api/v1/overview',
    '/healthz/../api/v1/overview',
    '/favicon.svg/../api/v1/overview',
    '//api/v1/overview',
    '/api/v1/overview?/assets/',
    '/api%2fv1/overview',
    '/%61pi/v1/overview',
    '/api/v1/overview%00/assets/',
    '/\\api/v1/overview',
    '/assets\\..\\api/v1/overview',
    'http://127.0.0.1/assets/../api/v1/overview',
    'http://user:pass@127.0.0.1/api/v1/overview',
    'api/v1/overview',
    '*',
  ])('%s', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1`, ownHost(), 'Connection: close', '', '');
    expect(answer).toMatch(/^HTTP\/1\.1 40[0134] /);
    expect(answer).not.toContain('"counts"');
  });
});

describe('names and origins', () => {
  const status = async (host: string, headers: Record<string, string> = {}, method = 'GET') => {
    const path = method === 'GET' ? '/api/v1/overview' : '/api/v1/queues/default/resume';
    const all = { ...bearer, ...headers, host: host.replace('PORT', String(dashboard.port)) };
    const body = method === 'GET' ? undefined : '{}';
    return (await ask(dashboard.port, { method, path, headers: all, body })).status;
  };

  test.each([
    ['LocalHost:PORT', 200],
    ['[::1]:PORT', 200],
    ['queue.example.com', 200],
    ['Queue.Example.COM', 200],
    ['queue.example.com:PORT', 200],
    ['127.0.0.1:8000', 200],
    ['[2001:db8::1]', 200],
    ['[2001:db8::1]:PORT', 200],
    ['localhost.:PORT', 403],
    ['localhost:8000', 403],
    ['queue.example.com:8000', 403],
    ['queue.example.com.:PORT', 403],
    ['evil.queue.example.com', 403],
    ['queue.example.com.evil.example', 403],
    ['queue.example.com@evil.example', 400],
    ['evil.example#127.0.0.1:PORT', 400],
    ['127.1:PORT', 403],
    ['2130706433:PORT', 403],
    ['0x7f.1:PORT', 403],
    ['0.0.0.0:PORT', 403],
    ['[::ffff:127.0.0.1]:PORT', 400],
    ['127.0.0.1:0PORT', 403],
    ['127.0.0.1:PORT, evil.example', 400],
  ])('Host: %s', async (host, expected) => {
    expect(await status(host)).toBe(expected);
  });

  test.each([
    ['https://queue.example.com', 200],
    ['http://queue.example.com', 200],
    ['https://queue.example.com:8443', 403],
    ['https://queue.example.com.evil.example', 403],
    ['ftp://queue.example.com', 403],
    ['null', 403],
    ['', 403],
  ])('behind a proxy that ends TLS, Origin: %s', async (origin, expected) => {
    expect(await status('queue.example.com', { origin }, 'POST')).toBe(expected);
  });

  test.each(['same-site', 'cross-site', 'other'])(
    'Sec-Fetch-Site: %s gets nothing, though it has a token',
    async (site) => {
      expect(await status('127.0.0.1:PORT', { 'sec-fetch-site': site })).toBe(403);
      expect(await status('127.0.0.1:PORT', { 'sec-fetch-site': site }, 'POST')).toBe(403);
    },
  );

  test.each(['https://queue.example.com', 'queue.example.com/', '*', 'a b', ''])(
    '--allow-host %j is refused',
    async (name) => {
      const { code, stderr } = await sandbox.run('dashboard', '--port', '0', `--allow-host=${name}`);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--allow-host') });
    },
  );
});

describe('bodies', () => {
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    ask(dashboard.port, { method: 'POST', path, headers: { ...bearer, ...headers }, body });

  test.each(['', '{', 'null', '[]', '1', '{"token":null}', '{"token":["x"]}', '{"token":{}}', '{"token":""}'])(
    'POST /session %s is no token',
    async (body) => {
      const { status, headers, body: text } = await post('/session', body);
      expect({ status, code: JSON.parse(text).error.code }).toEqual({ status: 401, code: 'token' });
      expect(headers['set-cookie']).toBeUndefined();
    },
  );

  test.each([
    ['null', 400],
    ['"x"', 400],
    ['[['.repeat(50_000), 400],
    ['{"command":1}', 400],
    ['{"command":"true","__proto__":{"x":1}}', 400],
    [' '.repeat(2_100_000), 413],
  ])('POST /jobs %.40s', async (body, status) => {
    const answer = await post('/api/v1/jobs', body);
    expect(answer.status, answer.body).toBe(status);
    expect(JSON.parse(answer.body).error.message).toBeTypeOf('string');
    expect(answer.body).not.toMatch(/\\n *at |node_modules|\.js:\d/);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'Content-Type: %s is refused, as forms of other pages can send it',
    async (type) => {
      expect(await post('/api/v1/jobs', '{"command":"true"}', { 'content-type': type })).toMatchObject({ status: 415 });
    },
  );

  test('one without end is refused by the length that it gives, or that it has', async () => {
    const head = ['POST /api/v1/jobs HTTP/1.1', ownHost(), `Authorization: ${bearer.authorization}`];
    const json = [...head, 'Content-Type: application/json', 'Connection: close'];
    expect(await raw(...json, 'Content-Length: 99999999999', '', '{')).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = ['300000', 'x'.repeat(0x300000), ''];
    expect(await raw(...json, 'Transfer-Encoding: chunked', '', ...chunk)).toMatch(/^HTTP\/1\.1 413 /);
    const both = ['Content-Length: 4', 'Transfer-Encoding: chunked', '', '0', '', ''];
    expect(await raw(...json, ...both)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('nothing of all this was stored, and nothing was a bug', async () => {
    expect((await (await sandbox.queue()).list({}, { limit: 9 })).map(({ id }) => id)).toEqual(['job']);
    expect(dashboard.said()).toBe('');
  });
});

test.each(['%ff', '%zz', '%00', '..%2f..', '-', '__proto__', 'x'.repeat(5000), encodeURIComponent("' OR 1=1 --")])(
  'GET /jobs/%j is no job',
  async (id) => {
    const { status, body } = await ask(dashboard.port, { path: `/api/v1/jobs/${id}`, headers: bearer });
    expect({ status, code: JSON.parse(body).error.code }).toEqual({ status: 404, code: 'no_such_job' });
  },
);

describe('who stays', () => {
  test('the head of a stream is all there is to it', async () => {
    for (const path of ['/api/v1/events', '/api/v1/jobs/job/follow']) {
      const auth = `Authorization: ${bearer.authorization}`;
      const answer = await raw(`HEAD ${path} HTTP/1.1`, ownHost(), auth, 'Connection: close', '', '');
      expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  test.runIf(process.platform === 'linux')(
    'of a hundred pages, half of which never read, nothing is left',
    async () => {
      const files = () => readdirSync(`/proc/${dashboard.pid}/fd`).length;
      const before = files();
      const head = ['GET /api/v1/events HTTP/1.1', ownHost(), `Authorization: ${bearer.authorization}`, '', ''].join(
        '\r\n',
      );
      const pages = Array.from({ length: 100 }, (_, at) => {
        const page = connect(dashboard.port, '127.0.0.1', () => page.write(head));
        page.on('error', () => {});
        return at % 2 ? page.pause() : page.resume();
      });
      await until('all pages', () => files() >= before + 100);
      await until('a first tick', () => pages[0]!.bytesRead > 1000);
      expect(await ask(dashboard.port, { path: '/healthz' })).toMatchObject({ status: 200 });
      for (const page of pages) page.destroy();
      await until('no page', () => files() <= before + 2);
    },
  );

  test.runIf(process.platform === 'linux')('nobody waits on for a client that has gone', async () => {
    const folder = `/proc/${dashboard.pid}/fdinfo`;
    const infoOf = (name: string) => {
      try {
        return readFileSync(`${folder}/${name}`, 'utf8');
      } catch {
        return ''; // it was closed
      }
    };
    const watches = () => readdirSync(folder).map(infoOf).join('').split('inotify wd:').length - 1;
    await until('nobody waits', () => watches() === 0);
    const head = ['GET /api/v1/jobs/job/wait?timeout=60 HTTP/1.1', ownHost()];
    const client = connect(dashboard.port, '127.0.0.1', () =>
      client.write([...head, `Authorization: ${bearer.authorization}`, '', ''].join('\r\n')),
    );
    client.on('error', () => {});
    await until('the wait', () => watches() > 0);
    client.destroy();
    await until('nobody waits', () => watches() === 0); // long before its 60 s are over
  });
});
