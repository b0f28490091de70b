// Pages that have seen the same tick share one answer; whoever says nothing of a tick has one of his own.
import { expect, onTestFinished, test, vi } from 'vitest';
import { dashboardApp } from '../../src/web/app.js';
import { enqueue, type TestQueue, temporaryQueue } from '../queue/temporary-queue.js';

const HOST = '127.0.0.1:7788';
const TOKEN = 'a-token-of-the-tests';

class Pages {
  /** How often jobs were read. */
  reads = 0;
  readonly #app;
  #events: ReadableStreamDefaultReader<string> | undefined;

  constructor({ queue }: TestQueue) {
    const list = queue.list.bind(queue);
    vi.spyOn(queue, 'list').mockImplementation((...given) => {
      this.reads += 1;
      return list(...given);
    });
    const options = { write: true, enqueue: false, know: async () => {}, log: () => {} };
    this.#app = dashboardApp(queue, { hosts: new Set([HOST]), token: TOKEN, ...options });
  }

  async get(path: string, seen?: number): Promise<Response> {
    return this.ask(path, seen === undefined ? {} : { headers: { 'last-event-id': String(seen) } });
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      host: HOST,
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      ...init.headers,
    };
    return this.#app.fetch(new Request(`http://${HOST}/api/v1${path}`, { ...init, headers }));
  }

  async ids(seen?: number): Promise<string[]> {
    const { jobs } = (await (await this.get('/jobs', seen)).json()) as { jobs: { id: string }[] };
    return jobs.map(({ id }) => id);
  }

  /** The number of the next tick; the first call opens the stream. */
  async tick(): Promise<number> {
    if (!this.#events) {
      const { body } = await this.get('/events');
      this.#events = body!.pipeThrough(new TextDecoderStream()).getReader();
      onTestFinished(() => this.#events?.cancel());
    }
    const { value } = await this.#events.read();
    return JSON.parse(/^data: (.*)$/m.exec(value!)![1]!).revision;
  }
}

test('those who have seen the same tick are answered by one look', async () => {
  const made = await temporaryQueue();
  await enqueue(made.queue, { id: 'one' });
  const pages = new Pages(made);
  const seen = await pages.tick();
  const answers = await Promise.all(Array.from({ length: 20 }, () => pages.get('/jobs', seen)));
  expect(pages.reads).toBe(1);
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(new Set(texts).size).toBe(1);
  expect(JSON.parse(texts[0]!).jobs).toMatchObject([{ id: 'one' }]);
  answers.push(await pages.get('/jobs', seen)); // when it is there already
  expect(pages.reads).toBe(1);
  const [headers, ...others] = new Set(answers.map((answer) => JSON.stringify([...answer.headers].sort())));
  expect(headers).toContain('content-security-policy');
  expect(others).toEqual([]);
  await pages.get('/jobs?limit=5', seen);
  expect(pages.reads).toBe(2); // another question
});

test('whoever does not say which tick, or names another one, is answered anew', async () => {
  const made = await temporaryQueue();
  const pages = new Pages(made);
  await pages.get('/jobs', 1); // nobody is told of ticks yet
  const seen = await pages.tick();
  await pages.get('/jobs', seen);
  await pages.get('/jobs');
  await pages.get('/jobs', seen - 1);
  await pages.get('/jobs', seen + 1);
  expect(pages.reads).toBe(5);
});

test('an answer is never older than the tick that was seen', async () => {
  const made = await temporaryQueue();
  const pages = new Pages(made);
  let seen = await pages.tick();
  for (const id of ['first', 'second', 'third']) {
    await pages.get('/jobs', seen); // kept
    await enqueue(made.queue, { id });
    seen = await pages.tick();
    expect(await pages.ids(seen)).toContain(id);
  }
});

test('a change that is made here is told at once', async () => {
  const made = await temporaryQueue();
  await enqueue(made.queue, { id: 'one' });
  const pages = new Pages(made);
  const before = await pages.tick();
  const body = JSON.stringify({ jobs: ['one'] });
  expect((await pages.ask('/changes/hold', { method: 'POST', body })).status).toBe(200);
  const seen = await pages.tick();
  expect(seen).toBe(before + 1);
  expect(await (await pages.get('/jobs/one', seen)).json()).toMatchObject({ state: 'held' });
});

test('a refusal is each one’s own', async () => {
  const made = await temporaryQueue();
  const pages = new Pages(made);
  const seen = await pages.tick();
  const answers = await Promise.all([1, 2, 3].map(() => pages.get('/jobs?state=gone', seen)));
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  for (const answer of answers) expect(await answer.json()).toMatchObject({ error: { code: 'bad_input' } });
});
