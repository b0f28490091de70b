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
