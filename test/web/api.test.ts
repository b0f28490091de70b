// The HTTP API against its own document: every route is in it, and what each really answers is as it says.
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Queue } from '../../src/queue/queue.js';
import { ROUTES } from '../../src/web/api-table.js';
import { dashboardApp } from '../../src/web/app.js';
import { LONGEST_REST_MS } from '../../src/web/live.js';
import { openapi } from '../../src/web/openapi.js';
import { linkPlugin } from '../plugin.js';
import { Sandbox, until } from '../sandbox.js';
import { type Answer, Server, TOKEN } from './server.js';

let sandbox: Sandbox;
let server: Server;

const PACKS = `
  const parse = (payload) => {
    if (typeof payload?.folder !== 'string') throw new Error('folder takes a text');
    return payload;
  };
  const handler = { api: 1, parse, describe: ({ folder }) => 'packs ' + folder, run: async () => {} };
  export default async () => [{ name: 'pack', load: async () => handler }];
`;

beforeAll(async () => {
  sandbox = new Sandbox();
  linkPlugin(sandbox, 'packer', PACKS);
  await sandbox.must('worker', 'start');
  await sandbox.enqueue(
    { id: 'good', command: 'echo hello; echo there' },
    { id: 'bad', command: 'exit 3', max_retries: 0 },
    { id: 'other', queue: 'q2', command: 'exit 3', max_retries: 0 },
  );
  for (const id of ['good', 'bad', 'other']) await sandbox.ended(id);
  await sandbox.enqueue({ id: 'later', command: 'true', delay: '1h' });
  server = await Server.start(sandbox, '--write', '--allow-enqueue');
});
afterAll(async () => {
  await server.stop();
  await sandbox.remove();
});

const api = openapi() as { paths: Record<string, Record<string, { responses: Record<string, unknown> }>> };
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(api, 'api');

/** Holds an answer against the document. */
function check(method: string, path: string, { status, body, text }: Answer): void {
  expect(Object.keys(api.paths[path]![method]!.responses), text).toContain(String(status));
  const part = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
  const where = ['paths', path, method, 'responses', String(status), 'content', 'application/json', 'schema'];
  const validate = ajv.getSchema(`api#/${where.map(part).map(encodeURIComponent).join('/')}`)!;
  expect(validate(body) ? [] : validate.errors, text).toEqual([]);
}

test('every route of the program is in the document, and none besides', () => {
  const options = {
    hosts: new Set<string>(),
    token: '',
    write: true,
    enqueue: true,
    know: async () => {},
    log: () => {},
  };
  const app = dashboardApp({ database: {} } as Queue, options);
  const there = app.routes
    .filter(({ path, method }) => path.startsWith('/api/v1/') && method !== 'ALL')
    .map(({ method, path }) => `${method.toLowerCase()} ${path.slice(7).replaceAll(/:(\w+)/g, '{$1}')}`);
  expect([...new Set(there)].sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

const CALLS: [string, string, string, unknown?][] = [
  ['get', '/openapi.json', '/openapi.json'],
  ['get', '/session', '/session'],
  ['get', '/overview', '/overview'],
  ['get', '/metrics', '/metrics'],
  ['get', '/series', '/series?minutes=5&queue=q2'],
  ['get', '/queues', '/queues'],
  ['get', '/workers', '/workers'],
  ['get', '/causes', '/causes'],
  ['get', '/jobs', '/jobs?state=dead,completed&sort=finished_at&reverse=true&limit=2'],
  ['get', '/jobs/{id}', '/jobs/good'],
  ['get', '/jobs/{id}/why', '/jobs/later/why'],
  ['get', '/jobs/{id}/output', '/jobs/good/output?tail=1'],
  ['get', '/jobs/{id}/wait', '/jobs/bad/wait'],
  ['post', '/jobs', '/jobs', { id: 'new', command: 'true', delay: '1h' }],
  ['post', '/jobs', '/jobs', { id: 'new', command: 'true', if_exists: 'skip' }],
  ['post', '/jobs', '/jobs', { id: 'new', command: 'true', delay: '2h', if_exists: 'replace' }],
  ['post', '/changes/{kind}', '/changes/hold', { jobs: ['later'] }],
  ['post', '/changes/{kind}', '/changes/release', { jobs: ['later'] }],
  ['post', '/changes/{kind}', '/changes/update', { jobs: ['later'], to: { priority: 7 } }],
  ['post', '/changes/{kind}', '/changes/retry', { all: true, dry_run: true }],
  ['post', '/changes/{kind}', '/changes/cancel', { jobs: ['new'] }],
  ['post', '/changes/undo', '/changes/undo', {}],
  ['post', '/queues/{name}/pause', '/queues/q2/pause', {}],
  ['post', '/queues/{name}/resume', '/queues/q2/resume', {}],
];

test.each(CALLS)('%s %s answers as the document says', async (method, route, path, body) => {
  const answer = method === 'get' ? await server.get(`/api/v1${path}`) : await server.post(`/api/v1${path}`, body);
  expect(answer.status, answer.text).toBeLessThan(300);
  check(method, route, answer);
  if (method !== 'get') return;
  const head = await server.get(`/api/v1${path}`, { method: 'HEAD' });
  expect([head.status, head.text]).toEqual([200, '']);
});

test('all routes but the streams are among those that were asked', () => {
  const streams = ['get /events', 'get /jobs/{id}/follow'];
  const asked = new Set(CALLS.map(([method, route]) => `${method} ${route}`));
  expect(ROUTES.map(({ method, path }) => `${method} ${path}`).filter((one) => !asked.has(one))).toEqual(
    streams.reverse(),
  );
});

test.each([
  ['get', '/jobs', '/jobs?limt=3', undefined, 400, 'did you mean limit?'],
  ['get', '/jobs', '/jobs?limit=0', undefined, 400, 'limit takes 1 to 1000'],
  ['get', '/jobs', '/jobs?reverse=yes', undefined, 400, 'true or false'],
  ['get', '/jobs', '/jobs?where=prority%3E5', undefined, 400, 'priority'],
  ['get', '/jobs/{id}', '/jobs/nobody', undefined, 404, 'nobody'],
  ['get', '/jobs/{id}/output', '/jobs/good/output?attempt=9', undefined, 400, 'no attempt 9'],
  ['get', '/jobs/{id}/follow', '/jobs/nobody/follow', undefined, 404, 'nobody'],
  ['get', '/jobs/{id}/wait', '/jobs/good/wait?timeout=x', undefined, 400, 'timeout'],
  ['get', '/causes', '/causes?quue=q2', undefined, 400, 'did you mean queue?'],
  ['get', '/series', '/series?quue=q2', undefined, 400, 'did you mean queue?'],
  ['get', '/series', '/series?minutes=1e9', undefined, 400, 'minutes'],
  ['post', '/jobs', '/jobs', { command: 'true', priorty: 5 }, 400, 'did you mean'],
  ['post', '/jobs', '/jobs', { id: 'good', command: 'true' }, 409, 'good'],
  ['post', '/changes/{kind}', '/changes/rety', { all: true }, 400, 'did you mean retry?'],
  ['post', '/changes/{kind}', '/changes/retry', {}, 400, 'which jobs?'],
  ['post', '/changes/{kind}', '/changes/retry', { jobs: 'good' }, 400, 'a list of ids'],
  ['post', '/changes/{kind}', '/changes/retry', { filter: { quene: 'x' } }, 400, 'did you mean queue?'],
  ['post', '/changes/{kind}', '/changes/hold', { filter: { state: ['dead'] } }, 400, 'dead jobs cannot be held'],
  ['post', '/changes/{kind}', '/changes/hold', { jobs: ['good'] }, 409, 'good'],
])('%s %s refuses %s %j with the error document', async (method, route, path, body, status, says) => {
  const answer = method === 'get' ? await server.get(`/api/v1${path}`) : await server.post(`/api/v1${path}`, body);
  expect(answer.status, answer.text).toBe(status);
  check(method, route, answer);
  expect(answer.text).toContain(says);
});

describe('a job that is enqueued', () => {
  const post = (body: object) => server.post('/api/v1/jobs', { delay: '1h', ...body });

  test('was there already: 200, and it says so', async () => {
    const once = { command: 'true', key: 'k' };
    const first = await post(once);
    expect(first).toMatchObject({ status: 201, body: { queue: 'default' } });
    const { id } = first.body;
    expect(await post({ ...once, if_exists: 'skip' })).toMatchObject({ status: 200, body: { id, existing: true } });
    expect(await post({ ...once, if_exists: 'replace' })).toMatchObject({ status: 201, body: { id, replaced: true } });
    expect((await post(once)).status).toBe(409);
  });

  test('may be of a type that a plugin brought, which is asked about its payload', async () => {
    expect((await post({ id: 'packed', type: 'pack', payload: { folder: 'src' } })).status).toBe(201);
    expect((await server.get('/api/v1/jobs/packed')).body.command).toBe('packs src');
    const listed = await server.get('/api/v1/jobs?type=pack');
    expect(listed.body.jobs[0]).toMatchObject({ id: 'packed', command: 'packs src' });
    const wrong = await post({ type: 'pack', payload: {} });
    expect(wrong).toMatchObject({ status: 400, text: expect.stringContaining('folder takes a text') });
    const unknown = await post({ type: 'pakc', payload: {} });
    expect(unknown).toMatchObject({ status: 400, text: expect.stringContaining('pack') });
    for (const answer of [wrong, unknown]) check('post', '/jobs', answer);
  });

  test('comes as JSON, and not without end', async () => {
    const sent = { method: 'POST', body: JSON.stringify({ command: `echo ${'x'.repeat(2 ** 21)}` }) };
    const large = await server.get('/api/v1/jobs', { ...sent, headers: { 'content-type': 'application/json' } });
    const text = await server.get('/api/v1/jobs', { ...sent, headers: { 'content-type': 'text/plain' } });
    expect([large.status, text.status]).toEqual([413, 415]);
    for (const answer of [large, text]) check('post', '/jobs', answer);
  });
});

describe('a filter means what it means on the command line', () => {
  test('retry leaves out completed jobs, delete takes ended ones alone', async () => {
    const dry = async (kind: string) =>
      (await server.post(`/api/v1/changes/${kind}`, { all: true, dry_run: true })).body.ids;
    const typed = async (kind: string) => JSON.parse(await sandbox.must(kind, '--all', '--dry-run', '--json')).ids;
    for (const kind of ['retry', 'delete']) expect(await dry(kind)).toEqual(await typed(kind));
    expect(await dry('retry')).not.toContain('good');
    expect(await dry('delete')).not.toContain('later');
  });
});

test('a job that is waited for is answered when it ends', async () => {
  const { body } = await server.post('/api/v1/jobs', { command: 'sleep 0.2; exit 4', max_retries: 0 });
  const answer = await server.get(`/api/v1/jobs/${body.id}/wait?timeout=45`);
  expect(answer.body).toMatchObject({ reason: 'job', exit_code: 4 });
});

test('events come with the change, not with the next look at the clock', async () => {
  const over = new AbortController();
  const headers = { authorization: `Bearer ${TOKEN}` };
  const { body } = await fetch(`${server.url}/api/v1/events`, { headers, signal: over.signal });
  const ticks: { at: number; held: number }[] = [];
  const reading = (async () => {
    let text = '';
    for await (const part of body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      for (const [whole, data] of text.matchAll(/event: tick\nid: .*\ndata: (.*)\n\n/g)) {
        ticks.push({ at: performance.now(), held: JSON.parse(data!).overview.counts.held });
        text = text.replace(whole, '');
      }
    }
  })().catch(() => {});
  const told = (held: number) => until(`a tick with ${held} held`, () => ticks.find((tick) => tick.held === held));
  await told(0);
  await sandbox.enqueue(...[1, 2, 3, 4, 5].map((n) => ({ id: `held-${n}`, command: 'true', delay: '1h' })));
  const waits: number[] = [];
  for (const n of [1, 2, 3, 4, 5]) {
    await sandbox.must('hold', `held-${n}`);
    const begun = performance.now();
    waits.push((await told(n)).at - begun);
  }
  over.abort();
  await reading;
  // Without news each would be told by the next look alone, nearly LONGEST_REST_MS after the one before.
  expect(waits.reduce((sum, wait) => sum + wait)).toBeLessThan(2 * LONGEST_REST_MS);
});

test('follow tells the output, then the end', async () => {
  const { text, headers } = await server.get('/api/v1/jobs/good/follow');
  expect(headers.get('content-type')).toContain('text/event-stream');
  expect(text).toBe('event: output\ndata: "hello\\nthere\\n"\n\nevent: end\ndata: {}\n\n');
});
