// Who gets an answer from the dashboard, and who does not: each host, origin, site, credential, method and route.
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';
import { ask, type Dashboard, startDashboard } from './dashboard.js';

let sandbox: Sandbox;
let dashboard: Dashboard;
let readOnly: Dashboard;

beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.enqueue({ id: 'job', command: 'true', delay: 86_400 });
  dashboard = await startDashboard(sandbox, '--write');
  readOnly = await startDashboard(sandbox);
});
afterAll(async () => {
  await dashboard?.stop();
  await readOnly?.stop();
  await sandbox.remove();
});

const HAS_IPV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

async function sessionCookie({ port, token }: Dashboard): Promise<string> {
  const headers = { origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json' };
  const answer = await ask(port, { method: 'POST', path: '/session', headers, body: JSON.stringify({ token }) });
  expect(answer.status).toBe(200);
  const [cookie] = answer.headers['set-cookie'] as string[];
  expect(cookie).toMatch(/^queuectl_\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  return cookie!.split(';')[0]!;
}

describe('host × origin × site × credential × method × route', () => {
  const hosts = ['own', 'localhost', 'EVIL', 'rebound', 'no port', 'other port'] as const;
  const origins = ['none', 'own', 'null', 'foreign'] as const;
  const sites = [undefined, 'none', 'same-origin', 'same-site', 'cross-site'] as const;
  const credentials = ['none', 'wrong', 'bearer', 'cookie'] as const;
  const routes = [
    ['GET', '/', 'page'],
    ['GET', '/healthz', 'page'],
    ['POST', '/session', 'page'],
    ['GET', '/metrics', 'api'],
    ['GET', '/api/v1/overview', 'api'],
    ['HEAD', '/api/v1/jobs', 'api'],
    ['GET', '/api/v1/jobs/job', 'api'],
    ['POST', '/api/v1/changes/update', 'api'],
    ['POST', '/api/v1/queues/default/resume', 'api'],
    ['OPTIONS', '/api/v1/jobs', 'refused'],
    ['PUT', '/api/v1/jobs', 'refused'],
    ['DELETE', '/api/v1/jobs/job', 'refused'],
  ] as const;

  interface Case {
    host: (typeof hosts)[number];
    origin: (typeof origins)[number];
    site: (typeof sites)[number];
    credential: (typeof credentials)[number];
    route: (typeof routes)[number];
  }

  /** The rules, in the order in which they are to be looked at. */
  function expected({ host, origin, site, credential, route: [method, path, kind] }: Case): number {
    if (host !== 'own' && host !== 'localhost') return 403; // whatever else it brings
    if (kind === 'refused') return 405;
    const ofAnotherSite = site === 'same-site' || site === 'cross-site';
    if (ofAnotherSite && path !== '/') return 403; // a link elsewhere may lead to the page
    if (method === 'POST' && origin === 'none' && credential !== 'bearer' && credential !== 'wrong') return 403;
    if (method === 'POST' && (origin === 'null' || origin === 'foreign')) return 403;
    if (kind === 'api' && (credential === 'none' || credential === 'wrong')) return 401;
    return 200;
  }

  test.each(hosts)('%s', async (host) => {
    const { port, token } = dashboard;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const cookie = await sessionCookie(dashboard);
    const names = { own: `127.0.0.1:${port}`, localhost: `localhost:${port}`, EVIL: `evil.example:${port}` };
    const others = { rebound: `127.0.0.1.nip.io:${port}`, 'no port': '127.0.0.1', 'other port': '127.0.0.1:1' };
    const name = { ...names, ...others }[host];
    const cases = origins.flatMap((origin) =>
      sites.flatMap((site) =>
        credentials.flatMap((credential) => routes.map((route): Case => ({ host, origin, site, credential, route }))),
      ),
    );
    for (const one of cases) {
      const [method, path] = one.route;
      const headers: Record<string, string> = { host: name };
      if (one.origin !== 'none')
        headers.origin = { own: `http://${name}`, null: 'null', foreign: 'http://evil.example' }[one.origin];
      if (one.site) headers['sec-fetch-site'] = one.site;
      if (one.credential === 'wrong') headers.authorization = `Bearer ${token.slice(1)}x`;
      if (one.credential === 'bearer') headers.authorization = `Bearer ${token}`;
      if (one.credential === 'cookie') headers.cookie = cookie;
      let body: string | undefined;
      if (method === 'POST') {
        headers['content-type'] = 'application/json';
        body = path === '/session' ? JSON.stringify({ token }) : '{"jobs":["job"],"to":{"priority":1}}';
        if (path.startsWith('/api/v1/queues')) body = '{}';
      }
      const { status } = await ask(port, { method, path, headers, body, agent });
      expect({ ...one, status }).toEqual({ ...one, status: expected(one) });
    }
    agent.destroy();
  });
});

test('what is sent is JSON, and says so', async () => {
  const { port, token } = dashboard;
  const authorization = `Bearer ${token}`;
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
    const headers = { authorization, 'content-type': type };
    const { status } = await ask(port, { method: 'POST', path: '/api/v1/changes/undo', headers, body: '{}' });
    expect(status, type).toBe(415);
  }
});

test('no answer of whatever kind may be framed, sniffed, or run what it did not bring', async () => {
  const { port } = dashboard;
  for (const path of [
    '/',
    '/nowhere',
    '/api/v1/overview',
    '/assets/../package.json',
    '/assets/%2e%2e/%2e%2e/package.json',
  ]) {
    const { headers, body } = await ask(port, { path });
    expect(headers['content-security-policy'], path).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(body).not.toContain('"dependencies"');
  }
});

test('a cookie is no token, and a token no cookie', async () => {
  const { port, token } = dashboard;
  const cookie = await sessionCookie(dashboard);
  const value = cookie.split('=')[1]!;
  const path = '/api/v1/overview';
  expect((await ask(port, { path, headers: { authorization: `Bearer ${value}` } })).status).toBe(401);
  expect((await ask(port, { path, headers: { cookie: `queuectl_${port}=${token}` } })).status).toBe(401);
  expect((await ask(readOnly.port, { path, headers: { cookie } })).status).toBe(401); // of another one
});

test('two Host headers, none, and an absolute request line are refused or go by the allowed one', async () => {
  const { port, token } = dashboard;
  const raw = (text: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(text));
      let got = '';
      socket.on('data', (chunk) => (got += chunk));
      socket.on('close', () => resolve(got.split('\r\n')[0]!));
      socket.on('error', () => resolve('closed'));
    });
  const bearer = `Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
  expect(await raw(`GET /api/v1/overview HTTP/1.1\r\n${bearer}`)).toMatch(/ 400 /);
  const own = `Host: 127.0.0.1:${port}\r\n`;
  const asked = 'GET /api/v1/overview HTTP/1.1\r\n';
  expect(await raw(`${asked}${own}${bearer}`)).toMatch(/ 200 /);
  expect(await raw(`${asked}Host: evil\r\n${own}${bearer}`)).toMatch(/ 403 /);
  expect(await raw(`${asked}${own}Host: evil\r\n${bearer}`)).toMatch(/ 403 /);
  expect(await raw(`GET http://evil/api/v1/overview HTTP/1.1\r\nHost: evil\r\n${bearer}`)).toMatch(/ 403 /);
  expect(await raw(`GET http://evil/api/v1/overview HTTP/1.1\r\n${own}${bearer}`)).toMatch(/ 200 /);
});

test('without --write nothing changes, and jobs are taken only with --allow-enqueue', async () => {
  const ways = [
    ['/api/v1/changes/cancel', '{"all":true}'],
    ['/api/v1/changes/undo', '{}'],
    ['/api/v1/queues/default/pause', '{}'],
    ['/api/v1/jobs', '{"command":"touch oops"}'],
  ] as const;
  const { port, token } = readOnly;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  for (const [path, body] of ways) {
    const answer = await ask(port, { method: 'POST', path, headers, body });
    expect(answer.status, path).toBe(403);
    expect(JSON.parse(answer.body).error.suggestions[0]).toMatch(/^queuectl dashboard --(write|allow-enqueue)$/);
  }
  const writing = { authorization: `Bearer ${dashboard.token}`, 'content-type': 'application/json' };
  const enqueue = { method: 'POST', path: '/api/v1/jobs', headers: writing, body: '{"command":"true"}' };
  expect((await ask(dashboard.port, enqueue)).status).toBe(403);
  expect((await (await sandbox.queue()).list({}, { limit: 9 })).map(({ id, state }) => [id, state])).toEqual([
    ['job', 'pending'],
  ]);
});

test.each([
  ['{', 400, 'bad_input'],
  ['[]', 400, 'a JSON object'],
  ['{"jobs":["nobody"],"to":{"priority":1}}', 404, 'no such job: nobody'],
  ['{"jobs":[1]}', 400, 'jobs'],
  ['{}', 400, 'which jobs?'],
  ['{"filter":{"where":"priority >"},"to":{"priority":1}}', 400, '--where'],
  ['{"jobs":["job"],"to":{"priority":1.5}}', 400, 'priority takes a whole number'],
  ['{"jobs":["job"],"to":{"state":"dead"}}', 400, 'cannot be changed'],
])('a body of %s is told what is wrong with it', async (body, status, said) => {
  const headers = { authorization: `Bearer ${dashboard.token}`, 'content-type': 'application/json' };
  const answer = await ask(dashboard.port, { method: 'POST', path: '/api/v1/changes/update', headers, body });
  expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expect.stringContaining(said) });
  expect(answer.body).not.toMatch(/\\n *at |node_modules/);
});

describe('where it listens', () => {
  test.each(['0.0.0.0', '::', '192.0.2.1'])('%s is refused without --allow-remote', async (host) => {
    const { code, stderr } = await sandbox.run('dashboard', '--port', '0', '--host', host);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--allow-remote') });
  });

  test.skipIf(!HAS_IPV6)('--host ::1 answers there by its own name', async () => {
    const one = await startDashboard(sandbox, '--host', '::1');
    try {
      expect(one.url).toMatch(/^http:\/\/\[::1\]:\d+\/#token=/);
      const asked = { path: '/api/v1/overview', headers: { authorization: `Bearer ${one.token}` }, on: '::1' };
      expect((await ask(one.port, asked)).status).toBe(200);
      expect((await ask(one.port, { ...asked, headers: { ...asked.headers, host: '[::2]' } })).status).toBe(403);
    } finally {
      await one.stop();
    }
  });

  test('a port that is in use is exit code 73', async () => {
    const { code, stderr } = await sandbox.run('dashboard', '--port', String(dashboard.port));
    expect({ code, stderr }).toMatchObject({ code: 73, stderr: expect.stringContaining('is in use') });
  });

  test('it ends at Ctrl-C although pages are live', async () => {
    const one = await startDashboard(sandbox);
    const open = connect(one.port, '127.0.0.1');
    open.on('error', () => {});
    open.write(
      `GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:${one.port}\r\nAuthorization: Bearer ${one.token}\r\n\r\n`,
    );
    await new Promise((resolve) => open.once('data', resolve));
    expect(await one.stop()).toBe(0);
  });
});
