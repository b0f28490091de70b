// The dashboard in a real browser: each view, each action, live changes, the keyboard, both themes, a phone, and no violation of axe-core.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import type { Sandbox } from '../sandbox.js';
import { type Dashboard, startDashboard } from '../web/dashboard.js';
import { CHROME, open, REQUIRED } from './browser.js';
import { visitEach } from './visit.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = { timeout: 20_000 };

test.skipIf(!REQUIRED)('there is a browser for these tests', () => expect(CHROME).toBeDefined());

describe.skipIf(CHROME === undefined)('in a browser', () => {
  let browser: Browser;
  let sandbox: Sandbox;
  let dashboard: Dashboard;
  let page: Page;
  visitEach(['--write'], (visit) => ({ browser, sandbox, dashboard, page } = visit));

  const show = (view: string, where = page) => where.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor(PATIENCE);
  const said = (text: string | RegExp) => page.getByRole('status').getByText(text).waitFor(PATIENCE);
  const line = (id: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: id, exact: true }) });

  async function deadAndWaiting(): Promise<void> {
    await sandbox.enqueue(
      { id: 'bad-1', command: 'echo first; exit 3', max_retries: 0 },
      { id: 'bad-2', command: 'exit 3', max_retries: 0 },
      { id: 'late', command: 'sleep 1', timeout_sec: 0.1, max_retries: 0 },
      { id: 'waits', command: 'echo hi', delay: 86_400, queue: 'nightly' },
    );
    await sandbox.must('worker', 'start');
    for (const id of ['bad-1', 'bad-2', 'late']) await sandbox.ended(id);
  }

  test('the token leaves the address, and without one the page says how to get it', async () => {
    expect(page.url()).toBe(`http://127.0.0.1:${dashboard.port}/#/`);
    const other = await browser.newContext();
    const stranger = await other.newPage();
    await stranger.goto(`http://127.0.0.1:${dashboard.port}/`);
    await stranger.getByText('queuectl dashboard').waitFor(PATIENCE);
    await other.close();
    await page.reload();
    await heading('Overview'); // the cookie is there
  });

  test('an empty queue says what to type, and a job that comes is shown by itself', async () => {
    await page.getByText('queuectl enqueue -- make release').waitFor(PATIENCE);
    await page.getByText('queuectl worker start --count 2').waitFor(PATIENCE);
    await sandbox.must('enqueue', '--id', 'first', '--', 'true');
    await page.getByRole('link', { name: '1 pending' }).waitFor(PATIENCE);
    await page.getByRole('link', { name: '1 pending' }).click();
    await heading('Jobs');
    await line('first').waitFor(PATIENCE);
    await sandbox.must('worker', 'start');
    await show('jobs?state=completed');
    await line('first').waitFor(PATIENCE);
    await show('workers');
    await page.getByRole('rowheader', { name: 'worker-1' }).waitFor(PATIENCE);
  });

  test('jobs are found by the command line’s own filter, and a wrong one is told', async () => {
    await deadAndWaiting();
    await show('jobs');
    await line('waits').waitFor(PATIENCE);
    await page.getByLabel('Where').fill('cause = exit:3');
    await page.keyboard.press('Enter');
    await line('bad-2').waitFor(PATIENCE);
    await line('waits').waitFor({ state: 'detached', ...PATIENCE });
    expect(page.url()).toContain('where=cause+%3D+exit%3A3');
    await page.getByLabel('Where').fill('prio > 3');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('no such field: prio').waitFor(PATIENCE);
    await page.goBack();
    await line('bad-2').waitFor(PATIENCE);
    await page.getByLabel('Since').fill('1h');
    await page.keyboard.press('Tab');
    await page.waitForURL(/since=1h/, PATIENCE);
    await line('bad-2').waitFor(PATIENCE);
    await show('jobs?sort=number&queue=what?');
    await page.getByText('No job fits this filter').waitFor(PATIENCE);
    expect(await page.getByLabel('Queue', { exact: true }).inputValue()).toBe('what?');
    expect(await page.getByLabel('Sort').locator('option:checked').textContent()).toBe('number');
  });

  test('one job shows its output, its story and why it ended; it runs again, and that can be undone', async () => {
    await deadAndWaiting();
    await show('jobs/bad-1');
    await heading('bad-1 dead');
    await page.getByLabel('Output of the job').getByText('first').waitFor(PATIENCE);
    await page.getByText('It failed for good: exit 3').waitFor(PATIENCE);
    await page.getByText(/attempt 1 failed after .*exit 3/).waitFor(PATIENCE);
    await sandbox.must('worker', 'stop');
    await page.getByRole('button', { name: 'Run again' }).click();
    await said('1 job will run again');
    await heading('bad-1 pending');
    await page.getByRole('button', { name: 'Undo' }).click();
    await said('1 job no longer retried');
    await heading('bad-1 dead');
  });

  test('a running job’s output comes as it is printed; it is cancelled after a question', async () => {
    await sandbox.must('worker', 'start');
    await sandbox.must('enqueue', '--id', 'talks', '--', 'sh', '-c', 'echo begun; read go < gate; echo gone; sleep 60');
    await show('jobs/talks');
    await heading('talks processing');
    await page.getByLabel('Output of the job').getByText('begun').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel talks' }).click();
    await said('asked to end');
    await heading('talks cancelled');
  });

  test('hold, release and another priority', async () => {
    await deadAndWaiting();
    await show('jobs/waits');
    await page.getByRole('button', { name: 'Hold' }).click();
    await heading('waits held');
    await page.getByRole('button', { name: 'Release' }).click();
    await heading('waits pending');
    await page.getByLabel('Priority').fill('7');
    await page.getByRole('button', { name: 'Set' }).click();
    await said('1 job updated');
    await page.getByLabel('Priority').fill('');
    await page.getByRole('button', { name: 'Set' }).click();
    await page.locator('input:invalid').waitFor(PATIENCE);
    expect(await (await sandbox.queue()).job('waits')).toMatchObject({ priority: 7, state: 'pending' });
  });

  test('a job is enqueued on the page where that is allowed, and nowhere else', async () => {
    await show('jobs');
    await page.getByText('No job here').waitFor(PATIENCE);
    expect(await page.getByRole('button', { name: 'Enqueue a job' }).count()).toBe(0);
    const allowing = await startDashboard(sandbox, '--allow-enqueue');
    await page.goto(allowing.url);
    await heading('Overview');
    await show('jobs');
    await page.getByRole('button', { name: 'Enqueue a job' }).click();
    await page.getByRole('button', { name: 'Enqueue', exact: true }).click();
    await page.locator('dialog input:invalid').waitFor(PATIENCE); // there is no command yet
    await page.getByLabel('Command').fill('echo "from the page" > made');
    await page.getByLabel('In queue').fill('builds');
    await page.keyboard.press('Enter');
    await said('job 1 enqueued in builds');
    await line('1').waitFor(PATIENCE);
    await sandbox.must('worker', 'start');
    expect(await sandbox.ended('1')).toMatchObject({ state: 'completed', queue: 'builds' });
    expect(readFileSync(join(sandbox.folder, 'made'), 'utf8')).toBe('from the page\n');
    await allowing.stop();
  });

  test('dead letters are run again by their cause, after saying how many', async () => {
    await deadAndWaiting();
    await sandbox.must('worker', 'stop');
    await show('dlq');
    await page.getByRole('button', { name: 'Run again: exit 3' }).click();
    await page.getByRole('button', { name: 'Run 2 jobs again' }).click();
    await said('2 jobs will run again');
    await page.getByRole('button', { name: 'Run again: exit 3' }).waitFor({ state: 'detached', ...PATIENCE });
    expect(await (await sandbox.queue()).job('late')).toMatchObject({ state: 'dead' });
  });

  test('many jobs are ticked and changed together', async () => {
    await deadAndWaiting();
    await show('jobs?state=dead');
    await page.getByLabel('Choose bad-1').check();
    await page.getByLabel('Choose late').check();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete: 2 jobs' }).click();
    await said('2 jobs removed');
    await line('late').waitFor({ state: 'detached', ...PATIENCE });
    await line('bad-2').waitFor(PATIENCE);
  });

  test('a queue is paused and goes on', async () => {
    await deadAndWaiting();
    await show('queues');
    await page.getByRole('button', { name: 'Pause nightly' }).click();
    await page
      .getByText(/paused .* by /)
      .first()
      .waitFor(PATIENCE);
    expect(await sandbox.must('why', 'waits')).toBeDefined();
    await page.getByRole('button', { name: 'Resume nightly' }).click();
    await said('queue nightly goes on');
  });

  test('pages go forth and back through many jobs', async () => {
    await sandbox.enqueue(...Array.from({ length: 120 }, () => ({ command: 'true' })));
    await show('jobs');
    await line('120').waitFor(PATIENCE);
    await page.getByRole('link', { name: 'Next →' }).click();
    await line('70').waitFor(PATIENCE);
    await page.getByRole('link', { name: 'Next →' }).click();
    await line('20').waitFor(PATIENCE);
    await page.getByRole('link', { name: '← Previous' }).click();
    await line('70').waitFor(PATIENCE);
    await page.getByRole('link', { name: '← Previous' }).click();
    await line('120').waitFor(PATIENCE);
    await show('jobs?sort=priority&offset=100');
    await page.getByRole('link', { name: '← Previous' }).waitFor(PATIENCE);
  });

  test('the keyboard goes everywhere', async () => {
    await deadAndWaiting();
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await heading('Jobs');
    await line('waits').waitFor(PATIENCE);
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await heading('late dead');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor(PATIENCE);
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.getByLabel('Where').and(page.locator(':focus')).waitFor(PATIENCE);
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'axe-core finds no violation: %s, %i px wide, and nothing is wider than the screen',
    async (colorScheme, width) => {
      await deadAndWaiting();
      const one = await open(browser, dashboard.url, { colorScheme, viewport: { width, height: 800 } });
      for (const view of ['overview', 'jobs', 'jobs/bad-1', 'dlq', 'queues', 'workers', 'nowhere']) {
        await show(view, one.page);
        await one.page.getByText('live', { exact: true }).waitFor(PATIENCE);
        await one.page.locator('main h1').waitFor(PATIENCE);
        await one.page.evaluate(AXE);
        const found = await one.page.evaluate(async () => {
          const axe = (
            globalThis as unknown as {
              axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
            }
          ).axe;
          const { violations } = await axe.run();
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
        });
        expect(found, view).toEqual([]);
        const wide = await one.page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(wide, view).toBeLessThanOrEqual(0);
      }
      await one.context.close();
    },
  );

  test('what a job holds or prints is text, whatever it is', async () => {
    const payloads = XSS.map((text) => ({
      command: `printf '%s' ${quoted(text)}`,
      key: printable(text),
      max_retries: 0,
      env: { NOTE: text },
    }));
    linkPlugin(sandbox, 'loud', LOUD);
    await sandbox.must('worker', 'start', '--concurrency', '4');
    const ids = await sandbox.enqueue(...payloads);
    const loud = XSS.flatMap((text, at) =>
      ['throws', 'returns'].map((type) => ({ id: `${type}-${at}`, type, payload: { text }, max_retries: 0 })),
    );
    const stdin = loud.map((job) => JSON.stringify(job)).join('\n');
    expect(await sandbox.runWith({ stdin }, 'enqueue', '--stdin')).toMatchObject({ code: 0 });
    for (const id of [...ids, ...loud.map((job) => job.id)]) await sandbox.ended(id);
    for (const [at, id] of ids.entries()) {
      await show(`jobs/${id}`);
      await heading(new RegExp(`^${id} `));
      await page.getByLabel('Output of the job').getByText(XSS[at]!.slice(0, 10)).waitFor(PATIENCE);
    }
    for (const { id, payload } of loud) {
      await show(`jobs/${id}`);
      await heading(new RegExp(`^${id} `));
      const shown = id.startsWith('throws')
        ? page.locator('.why, .timeline').getByText(payload.text.slice(0, 10))
        : page.locator('.facts').getByText(JSON.stringify(payload.text).slice(1, 11));
      await shown.first().waitFor(PATIENCE);
    }
    await show('jobs');
    await line('returns-29').waitFor(PATIENCE);
    await show('dlq');
    await page.getByRole('rowheader').first().waitFor(PATIENCE);
    for (const text of XSS) await show(`jobs?where=${encodeURIComponent(text)}&queue=${encodeURIComponent(text)}`);
    await show('queues');
    expect(await page.evaluate(() => (globalThis as unknown as { pwned?: number }).pwned)).toBeUndefined();
    expect(await page.locator('main img, main iframe, main svg, main script, main object').count()).toBe(0);
  });
});

/** What a plugin says of its failures, its results and its payloads. */
const LOUD = `
  const parse = (payload) => payload;
  const describe = ({ text }) => text;
  const handlers = {
    throws: { api: 1, parse, describe, run: async ({ text }) => { throw new Error(text); } },
    returns: { api: 1, parse, describe, run: async ({ text }) => ({ text }) },
  };
  export default async () => Object.entries(handlers).map(([name, handler]) => ({ name, load: async () => handler }));
`;

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
const printable = (text: string) => text.replace(/[\p{Cc}\p{Cs}]/gu, '');

const XSS = [
  '<script>pwned=1</script>',
  '<img src=x onerror=pwned=1>',
  '<svg onload=pwned=1>',
  '<svg><script>pwned=1</script></svg>',
  '<iframe srcdoc="<script>parent.pwned=1</script>">',
  '<body onload=pwned=1>',
  '<details open ontoggle=pwned=1>',
  '<a href="javascript:pwned=1">x</a>',
  'javascript:pwned=1//',
  '"><script>pwned=1</script>',
  "'><img src=x onerror=pwned=1>",
  '</pre><script>pwned=1</script>',
  '</title><script>pwned=1</script>',
  '<!--><script>pwned=1</script>-->',
  '<math><mi xlink:href="javascript:pwned=1">',
  '<object data="data:text/html,<script>pwned=1</script>">',
  '<embed src="javascript:pwned=1">',
  '<link rel=stylesheet href="data:text/css,*{color:red}">',
  '<style>@import "http://127.0.0.1/x"</style>',
  '<base href="http://127.0.0.1/">',
  '<form action="javascript:pwned=1"><input type=submit>',
  '<input autofocus onfocus=pwned=1>',
  '<video><source onerror=pwned=1></video>',
  '<template><script>pwned=1</script></template>',
  '{{constructor.constructor("pwned=1")()}}',
  '$' + '{pwned=1}',
  '<marquee onstart=pwned=1>',
  '<meta http-equiv=refresh content="0;url=javascript:pwned=1">',
  '&lt;script&gt;pwned=1&lt;/script&gt;',
  '<p style="background:url(javascript:pwned=1)">',
];
