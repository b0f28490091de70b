// The dashboard in a real browser when things are slow, away, hidden or wrong.
import { renameSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { type Sandbox, until } from '../sandbox.js';
import { type Dashboard, startDashboard, startDashboardOn } from '../web/dashboard.js';
import { CHROME } from './browser.js';
import { type Visit, visitEach } from './visit.js';

const PATIENCE = { timeout: 20_000 };

describe.skipIf(CHROME === undefined)('in a browser', () => {
  let visit: Visit;
  let sandbox: Sandbox;
  let dashboard: Dashboard;
  let page: Page;
  visitEach([], (begun) => ({ sandbox, dashboard, page } = visit = begun));

  const show = (view: string) => page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
  const output = (text: string) => page.getByLabel('Output of the job').getByText(text).waitFor(PATIENCE);

  test('answers that take longer than the next change comes are shown, too', async () => {
    await page.route('**/api/v1/jobs?*', async (route) => {
      const answer = await route.fetch();
      await new Promise((resolve) => setTimeout(resolve, 1500)); // a slow database
      await route.fulfill({ response: answer }).catch(() => {}); // the page may have left
    });
    await sandbox.enqueue(...Array.from({ length: 2000 }, () => ({ command: 'sleep 0.1' })));
    await sandbox.must('worker', 'start');
    await page
      .getByRole('link', { name: /processing/ })
      .first()
      .waitFor(PATIENCE);
    await show('jobs');
    await page.getByRole('rowheader').first().waitFor(PATIENCE);
    expect(await (await sandbox.queue()).overview()).toMatchObject({
      counts: { pending: expect.toSatisfy((n) => n > 0) },
    });
  });

  test('a connection that broke is made anew by itself, and what has changed meanwhile is shown', async () => {
    const between = new Between();
    await between.listen();
    const behind = await startDashboard(sandbox, '--allow-host', `127.0.0.1:${between.port}`);
    between.target = behind.port;
    await page.goto(behind.url.replace(`:${behind.port}/`, `:${between.port}/`));
    await page.getByText('live', { exact: true }).waitFor(PATIENCE);
    await between.breakOff();
    await page.getByText('connecting…').waitFor(PATIENCE);
    await sandbox.enqueue({ id: 'meanwhile', command: 'true' });
    await between.listen();
    await page.getByText('live', { exact: true }).waitFor(PATIENCE);
    await page.getByRole('link', { name: '1 pending' }).waitFor(PATIENCE);
    await between.breakOff();
    await behind.stop();
  });

  test('a page whose database went away says so, until it is there again', async () => {
    const live = () => page.getByText('live', { exact: true }).waitFor(PATIENCE);
    await live();
    renameSync(sandbox.db, `${sandbox.db}.away`);
    await page.getByText('no database').waitFor(PATIENCE);
    renameSync(`${sandbox.db}.away`, sandbox.db);
    await live();
  });

  test('after a new start of the server the page asks for the new link, and takes it in the same tab', async () => {
    const { port } = dashboard;
    await dashboard.stop();
    visit.dashboard = await startDashboardOn(sandbox, port);
    await page.getByText('This page needs a token.').waitFor(PATIENCE);
    await page.goto(visit.dashboard.url);
    await page.getByText('live', { exact: true }).waitFor(PATIENCE);
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor(PATIENCE);
  });

  test('a hidden tab follows no output; shown again, it has each line once', async () => {
    const ended: string[] = [];
    page.on('requestfailed', (request) => ended.push(new URL(request.url()).pathname));
    const command = 'echo begun; until [ -e gate ]; do sleep 0.1; done; echo gone; sleep 60';
    await sandbox.enqueue({ id: 'talks', command });
    await sandbox.must('worker', 'start');
    await show('jobs/talks');
    await output('begun');
    await page.evaluate(hide(true));
    await until(
      'the streams to end',
      () => ended.includes('/api/v1/events') && ended.some((path) => path.endsWith('/follow')),
    );
    writeFileSync(join(sandbox.folder, 'gate'), '');
    await page.evaluate(hide(false));
    await output('gone');
    expect(await page.getByLabel('Output of the job').textContent()).toBe('begun\ngone\n');
  });

  test('the charts take the colours of another theme', async () => {
    await page.locator('canvas').first().waitFor(PATIENCE);
    const theme = page.getByRole('button', { name: /^Theme/ });
    await theme.click();
    await page.getByRole('button', { name: 'Theme: light' }).waitFor(PATIENCE);
    await until('a light chart', async () => (await page.evaluate<string>(COMMONEST)) === '223,226,230,255');
    await theme.click();
    await until('a dark chart', async () => (await page.evaluate<string>(COMMONEST)) === '50,57,68,255');
  });

  test('an address that is none is told', async () => {
    await show('jobs/%');
    await page.getByRole('heading', { level: 1, name: '%' }).waitFor(PATIENCE);
  });
});

/** A wire between the page and its server, which can be cut. */
class Between {
  port = 0;
  target = 0;
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  async listen(): Promise<void> {
    this.#server = createServer((client) => {
      const server = connect(this.target, '127.0.0.1');
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(one);
        one.pipe(other).on('error', () => {});
        one.on('error', () => {}).on('close', () => this.#sockets.delete(one));
      }
    });
    await new Promise<void>((resolve) => this.#server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async breakOff(): Promise<void> {
    const closed = new Promise((resolve) => this.#server!.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

const hide = (hidden: boolean) => `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'))`;

/** The colour that most of a chart's drawing has: that of its grid. */
const COMMONEST = `(() => {
  const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, 2000, 160);
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) {
    const colour = data.slice(at, at + 4).join();
    if (data[at + 3] === 255) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
})()`;
