// The dashboard in a real browser: each view, each action, live changes, the keyboard.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../sandbox.js';
import { type Dashboard, startDashboard } from '../web/dashboard.js';
import { CHROME, REQUIRED } from './browser.js';
import { deadAndWaiting, visitEach } from './visit.js';

const PATIENCE = { timeout: 20_000 };

test.skipIf(!REQUIRED)('there is a browser for these tests', () => expect(CHROME).toBeDefined());

describe.skipIf(CHROME === undefined)('in a browser', () => {
  let browser: Browser;
  let sandbox: Sandbox;
  let dashboard: Dashboard;
  let page: Page;
  visitEach(['--write'], (visit) => ({ browser, sandbox, dashboard, page } = visit));

  const show = (view: string) => page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor(PATIENCE);
  const said = (text: string | RegExp) => page.getByRole('status').getByText(text).waitFor(PATIENCE);
  const line = (id: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: id, exact: true }) });

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
    await deadAndWaiting(sandbox);
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
    await page.getByLabel('Where').fill(' waits ');
    await page.keyboard.press('Enter'); // one word is an id
    await heading('waits pending');
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
    await deadAndWaiting(sandbox);
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

  test('each attempt has its output, and its errors where they are kept apart', async () => {
    const command = 'seq 3000; echo "out $QUEUECTL_ATTEMPT"; echo "wrong $QUEUECTL_ATTEMPT" >&2; exit 1';
    await sandbox.must('config', 'set', 'backoff_base', '0.1');
    await sandbox.enqueue({ id: 'twice', command, split_output: true, max_retries: 1 });
    await sandbox.must('worker', 'start');
    await sandbox.ended('twice');
    await show('jobs/twice');
    await heading('twice dead');
    const printed = (text: string) => page.getByLabel('Output of the job').getByText(text).waitFor(PATIENCE);
    await printed('out 2');
    await page.getByText('at most 2,000 lines. All of it: queuectl logs twice --attempt 2').waitFor(PATIENCE);
    await page.getByLabel('Standard error').check();
    await printed('wrong 2');
    await page.getByLabel('of attempt').selectOption('1');
    await printed('wrong 1');
    await page.getByLabel('Standard error').uncheck();
    await printed('out 1');
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
    await deadAndWaiting(sandbox);
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
    await page.getByLabel('In queue').fill('all builds');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('queue').waitFor(PATIENCE); // and what was typed is still there
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
    await deadAndWaiting(sandbox);
    await sandbox.must('worker', 'stop');
    await show('dlq');
    await page.getByRole('button', { name: 'Run again: exit 3' }).click();
    await page.getByRole('button', { name: 'Run 2 jobs again' }).click();
    await said('2 jobs will run again');
    await page.getByRole('button', { name: 'Run again: exit 3' }).waitFor({ state: 'detached', ...PATIENCE });
    expect(await (await sandbox.queue()).job('late')).toMatchObject({ state: 'dead' });
  });

  test('many jobs are ticked and changed together', async () => {
    await deadAndWaiting(sandbox);
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
    await deadAndWaiting(sandbox);
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
    await deadAndWaiting(sandbox);
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
});
