// The dashboard's token: who can read it, what it may look like, and where it lets somebody in.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, Sandbox, until } from '../sandbox.js';
import { ask, startDashboard, startDashboardOn, startDashboardWith } from './dashboard.js';

let sandbox: Sandbox;

beforeAll(() => {
  sandbox = new Sandbox();
});
afterAll(() => sandbox.remove());

describe('the token', () => {
  const TOKEN = 'my-own+token/of.20~c=';

  test('is that of QUEUECTL_DASHBOARD_TOKEN, and stands in no argument, answer or complaint', async () => {
    const own = await startDashboardWith({ QUEUECTL_DASHBOARD_TOKEN: TOKEN }, sandbox, 0);
    expect(own.token).toBe(TOKEN);
    const asked = (token: string) =>
      ask(own.port, { path: '/api/v1/overview', headers: { authorization: `Bearer ${token}` } });
    expect(await asked(TOKEN)).toMatchObject({ status: 200 });
    for (const wrong of ['', TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), `${TOKEN} ${TOKEN}`, `${TOKEN},`]) {
      const { status, body } = await asked(wrong);
      expect(status, wrong).toBe(401);
      expect(body).not.toContain(TOKEN);
    }
    if (process.platform === 'linux') expect(readFileSync(`/proc/${own.pid}/cmdline`, 'latin1')).not.toContain(TOKEN);
    await own.stop();
    expect(own.said()).not.toContain(TOKEN);
  });

  test.each([
    'short',
    'sixteen or more characters',
    'sixteen-or-more&more',
    'sixteen-or-more#more',
    'sixteen-or-more%20',
  ])('%j is refused without being repeated', async (token) => {
    const env = { QUEUECTL_DASHBOARD_TOKEN: token };
    const { code, stderr } = await sandbox.runWith({ env }, 'dashboard', '--port', '0');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('QUEUECTL_DASHBOARD_TOKEN') });
    expect(stderr).not.toContain(token);
  });

  test.runIf(process.platform === 'linux')(
    '--open gives the browser a link that is good once, not the token',
    async () => {
      const [link, bin] = [join(sandbox.folder, 'link'), join(sandbox.folder, 'bin')];
      mkdirSync(bin);
      const script = `#!/bin/sh\nprintf '%s' "$1" > '${link}.new' && mv '${link}.new' '${link}'\n`;
      writeFileSync(join(bin, 'xdg-open'), script, { mode: 0o755 });
      const one = await startDashboardWith({ PATH: `${bin}:${process.env.PATH}` }, sandbox, 0, '--open');
      await until('the browser', () => existsSync(link));
      const { hash, origin } = new URL(readFileSync(link, 'utf8'));
      const ticket = hash.replace('#token=', '');
      const overview = async (headers: Record<string, string>) =>
        (await ask(one.port, { path: '/api/v1/overview', headers })).status;
      const begin = (token: string) => {
        const headers = { origin, 'content-type': 'application/json' };
        return ask(one.port, { method: 'POST', path: '/session', headers, body: JSON.stringify({ token }) });
      };
      expect(await overview({ authorization: `Bearer ${ticket}` })).toBe(401);
      const first = await begin(ticket);
      expect(await overview({ cookie: String(first.headers['set-cookie']).split(';')[0]! })).toBe(200);
      expect((await begin(ticket)).status).toBe(401);
      expect((await begin(one.token)).status).toBe(200);
      await one.stop();
    },
  );
});

test('the cookie of a page that came by https goes over nothing else', async () => {
  const one = await startDashboard(sandbox, '--allow-host', 'queue.example.com');
  const cookieFrom = async (scheme: string) => {
    const [host, body] = ['queue.example.com', JSON.stringify({ token: one.token })];
    const headers = { host, origin: `${scheme}://${host}`, 'content-type': 'application/json' };
    return String((await ask(one.port, { method: 'POST', path: '/session', headers, body })).headers['set-cookie']);
  };
  expect(await cookieFrom('https')).toMatch(/; Secure$/);
  expect(await cookieFrom('http')).not.toContain('Secure');
  await one.stop();
});

describe('where it listens', () => {
  test.each(['localhost', '127.0.0.1'])('--host %s is reached by the link that it prints', async (host) => {
    const one = await startDashboard(sandbox, '--host', host);
    expect(new URL(one.url).hostname).toBe('127.0.0.1');
    expect(await ask(one.port, { path: '/healthz' })).toMatchObject({ status: 200 });
    await one.stop();
  });

  test('--allow-remote listens everywhere, and still answers only to names that it was given', async () => {
    const flags = ['--host', '0.0.0.0', '--allow-remote', '--allow-host', 'queue.lan'];
    const one = await startDashboard(sandbox, ...flags);
    const status = async (host: string) => (await ask(one.port, { path: '/healthz', headers: { host } })).status;
    expect(await status(`queue.lan:${one.port}`)).toBe(200);
    expect(await status(`192.0.2.7:${one.port}`)).toBe(403);
    await one.stop();
  });

  test('after kill -9 the port can be had again', async () => {
    const one = await startDashboard(sandbox);
    process.kill(one.pid, 'SIGKILL');
    await until('its end', () => !isAlive(one.pid));
    const again = await startDashboardOn(sandbox, one.port);
    expect(again.port).toBe(one.port);
    expect(await again.stop()).toBe(0);
  });
});
