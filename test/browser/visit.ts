// A queue, its dashboard and a page on it for each test of a file, in one browser; at the end nobody has complained.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { Sandbox } from '../sandbox.js';
import { type Dashboard, startDashboard } from '../web/dashboard.js';
import { launch, type Opened, open } from './browser.js';

export interface Visit {
  browser: Browser;
  sandbox: Sandbox;
  /** It is stopped at the end; a test may put another one here. */
  dashboard: Dashboard;
  page: Page;
}

/** @param flags of the dashboard */
export function visitEach(flags: readonly string[], begun: (visit: Visit) => void): void {
  let browser: Browser;
  let visit: Visit;
  let opened: Opened;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    const sandbox = new Sandbox();
    const dashboard = await startDashboard(sandbox, ...flags);
    opened = await open(browser, dashboard.url);
    visit = { browser, sandbox, dashboard, page: opened.page };
    begun(visit);
  });
  afterEach(async () => {
    await opened.context.close();
    await visit.dashboard.stop();
    await visit.sandbox.remove();
    expect(opened.complaints).toEqual([]);
  });
}

/** Three dead jobs with two causes, and one that waits in a queue of its own. */
export async function deadAndWaiting(sandbox: Sandbox): Promise<void> {
  await sandbox.enqueue(
    { id: 'bad-1', command: 'echo first; exit 3', max_retries: 0 },
    { id: 'bad-2', command: 'exit 3', max_retries: 0 },
    { id: 'late', command: 'sleep 1', timeout_sec: 0.1, max_retries: 0 },
    { id: 'waits', command: 'echo hi', delay: 86_400, queue: 'nightly' },
  );
  await sandbox.must('worker', 'start');
  for (const id of ['bad-1', 'bad-2', 'late']) await sandbox.ended(id);
}
