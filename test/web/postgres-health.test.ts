// A dashboard whose server has fallen silent: it says so, and goes on when there are answers again.
import { expect, onTestFinished, test } from 'vitest';
import { newPostgresQueue } from '../postgres.js';
import { PostgresProxy } from '../postgres-proxy.js';
import { Sandbox, until } from '../sandbox.js';
import { Server, TOKEN } from './server.js';

test('/healthz and pages are answered although the database is silent', async () => {
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
  const events = await followEvents(server);
  await until('a tick', () => events.at(-1) === 'tick');
  proxy.goSilent();
  expect(await server.get('/healthz')).toMatchObject({ status: 503, text: 'the database does not answer\n' });
  expect((await server.get('/')).status).toBe(200); // the page itself needs no database
  await until('pages are told', () => events.at(-1) === 'trouble');
  proxy.comeBack();
  await until('it is healthy again', async () => (await server.get('/healthz')).status === 200);
  expect((await server.get('/api/v1/overview')).status).toBe(200);
  await until('pages are told again', () => events.at(-1) === 'tick');
});

/** @returns the names of the events, to which those to come are added */
async function followEvents({ url }: Server): Promise<string[]> {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { body } = await fetch(`${url}/api/v1/events`, { headers, signal: over.signal });
  const names: string[] = [];
  const read = async () => {
    for await (const text of body!.pipeThrough(new TextDecoderStream())) {
      for (const [, name] of text.matchAll(/^event: (.*)$/gm)) names.push(name!);
    }
  };
  read().catch(() => {}); // the end of the test
  return names;
}
