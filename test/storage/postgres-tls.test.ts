// TLS to PostgreSQL: which certificates are accepted, and how the others are refused.
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery } from 'kysely';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../src/storage/open-database.js';
import { newPostgresQueue, ownServer } from '../postgres.js';
import { PASSWORD } from '../postgres-server.js';
import { Sandbox } from '../sandbox.js';

let base: string;
let folder: string;

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Its certificate is for localhost, and not for 127.0.0.1. */
beforeAll(async () => {
  if (!hasOpenssl) return;
  const server = await ownServer();
  base = server.url;
  folder = join(server.folder, 'tls');
  mkdirSync(folder);
  for (const name of ['ca', 'other-ca']) openssl(...AUTHORITY, '-keyout', `${name}.key`, '-out', `${name}.pem`);
  openssl(...SERVER, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-keyout', 'server.key', '-out', 'server.pem');
  chownSync(join(folder, 'server.key'), server.uid, -1);
  const { query } = newPostgresQueue(base);
  await query(`alter system set ssl_cert_file = '${folder}/server.pem'`);
  await query(`alter system set ssl_key_file = '${folder}/server.key'`);
  await query('alter system set ssl = on');
  await server.restart();
});

const KEY = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
const AUTHORITY = [...KEY, '-subj', '/CN=an authority'];
const SERVER = [...KEY, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
}

/** URL of a new queue's place. @param parameters `CA` and `OTHER` stand for the certificates of two authorities */
function secured(host: string, parameters: string): string {
  const { url } = newPostgresQueue(base);
  const files = parameters.replace('CA', `${folder}/ca.pem`).replace('OTHER', `${folder}/other-ca.pem`);
  return `${url.replace('@127.0.0.1', `@${host}`)}&${files}`;
}

async function init(url: string, ...more: string[]) {
  const sandbox = new Sandbox(url);
  onTestFinished(() => sandbox.remove());
  return sandbox.runWith({ env: { QUEUECTL_DEBUG: '1' } }, 'db', 'init', ...more);
}

test.runIf(hasOpenssl).each([
  ['localhost', 'sslmode=verify-full&sslrootcert=CA'],
  ['localhost', 'sslmode=verify-ca&sslrootcert=CA'],
  ['127.0.0.1', 'sslmode=verify-ca&sslrootcert=CA'],
  ['127.0.0.1', 'sslmode=require&sslrootcert=CA'],
  ['127.0.0.1', 'sslmode=require'],
])('%s with %s is reached through TLS, and nothing is said of it (needs openssl)', async (host, parameters) => {
  const url = secured(host, parameters);
  expect(await init(url)).toMatchObject({ code: 0, stderr: '' });
  const database = await openDatabase(url);
  onTestFinished(() => database.close());
  const { rows } = await database.kysely.executeQuery<{ ssl: boolean }>(
    CompiledQuery.raw('select ssl from pg_stat_ssl where pid = pg_backend_pid()'),
  );
  expect(rows).toEqual([{ ssl: true }]);
});

test.runIf(hasOpenssl).each([
  ['127.0.0.1', 'sslmode=verify-full&sslrootcert=CA', /does not match|not in the cert/],
  ['localhost', 'sslmode=verify-full&sslrootcert=OTHER', /certificate/],
  ['localhost', 'sslmode=verify-full', /certificate/],
  ['localhost', 'ssl=true', /certificate/],
  ['localhost', 'sslmode=verify-ca&sslrootcert=OTHER', /certificate/],
  ['localhost', 'sslmode=require&sslrootcert=OTHER', /certificate/],
])('%s with %s is refused in a sentence without the password (needs openssl)', async (host, parameters, why) => {
  const url = secured(host, parameters);
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await init(url, ...more);
    expect({ code, told: stdout + stderr }).toEqual({ code: 74, told: expect.stringMatching(why) });
    expect(stdout + stderr).toContain('no secure connection to postgres');
    expect(stdout + stderr).not.toContain(PASSWORD);
    expect(stdout + stderr).not.toContain(encodeURIComponent(PASSWORD));
  }
});

test('a server without TLS is refused where it is required', async () => {
  const { url } = newPostgresQueue(inject('postgres'));
  expect(await init(`${url}&sslmode=require`)).toMatchObject({ code: 74, stderr: expect.stringMatching(/no secure/) });
});

test.each([
  ['sslmode=prefer', /^queuectl: sslmode cannot be "prefer"/],
  ['sslmode=verify-ca', /needs sslrootcert/],
  ['sslmode=verify-full&sslrootcert=ca.pem', /absolute path/],
  ['sslmode=verify-full&sslrootcert=/none.pem', /cannot be read/],
])('%s is bad input', async (parameters, why) => {
  const { url } = newPostgresQueue();
  expect(await init(`${url}&${parameters}`)).toMatchObject({ code: 2, stderr: expect.stringMatching(why) });
});

test.runIf(hasOpenssl)('what PGSSLMODE says holds where the URL says nothing (needs openssl)', async () => {
  const sandbox = new Sandbox(secured('localhost', ''));
  onTestFinished(() => sandbox.remove());
  const run = (env: NodeJS.ProcessEnv) => sandbox.runWith({ env }, 'db', 'init');
  expect(await run({ PGSSLMODE: 'verify-full' })).toMatchObject({ code: 74 });
  expect(await run({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: join(folder, 'ca.pem') })).toMatchObject({ code: 0 });
});
