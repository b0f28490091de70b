// What jobs and plugins say is shown as text in a real browser, whatever it is: nothing of it runs.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import type { Sandbox } from '../sandbox.js';
import { CHROME } from './browser.js';
import { visitEach } from './visit.js';

const PATIENCE = { timeout: 20_000 };

describe.skipIf(CHROME === undefined)('in a browser', () => {
  let sandbox: Sandbox;
  let page: Page;
  visitEach(['--write'], (visit) => ({ sandbox, page } = visit));

  const show = (view: string) => page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor(PATIENCE);
  const line = (id: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: id, exact: true }) });

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
