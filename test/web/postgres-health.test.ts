// A dashboard whose server has fallen silent: it says so, and goes on when there are answers again.
import { expect, onTestFinished, test } from 'vitest';
import { newPostgresQueue } from '../postgres.js';
import { PostgresProxy } from '../postgres-proxy.js';
import { Sandbox, until } from '../sandbox.js';
import { Server } from './server.js';

test('/healthz answers although the database does not', async () => {
  const { url, remove } = newPostgresQueue();
  const proxy = await PostgresProxy.before(url);
  const sandbox = new Sandbox(proxy.url);
  onTestFinished(async () => {
    proxy.comeBack();
    await sandbox.remove();
    await remove();
  });
  await sandbox.must('db', 'init');
  const server = await Server.start(sandbox);
  onTestFinished(() => server.stop());
  expect((await server.get('/healthz')).status).toBe(200);
  proxy.goSilent();
  expect(await server.get('/healthz')).toMatchObject({ status: 503, text: 'the database does not answer\n' });
  expect((await server.get('/')).status).toBe(200); // the page itself needs no database
  proxy.comeBack();
  await until('it is healthy again', async () => (await server.get('/healthz')).status === 200);
  expect((await server.get('/api/v1/overview')).status).toBe(200);
});
