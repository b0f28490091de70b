// No violation of axe-core in any view or dialog of the dashboard, in both themes, on a wide screen and on a phone.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Sandbox } from '../sandbox.js';
import type { Dashboard } from '../web/dashboard.js';
import { CHROME, open } from './browser.js';
import { deadAndWaiting, visitEach } from './visit.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = { timeout: 20_000 };

describe.skipIf(CHROME === undefined)('in a browser', () => {
  let browser: Browser;
  let sandbox: Sandbox;
  let dashboard: Dashboard;
  visitEach(['--write', '--allow-enqueue'], (visit) => ({ browser, sandbox, dashboard } = visit));

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'axe-core finds no violation: %s, %i px wide, and nothing is wider than the screen',
    async (colorScheme, width) => {
      await deadAndWaiting(sandbox);
      await sandbox.must('retry', 'bad-1');
      await sandbox.job('bad-1', ({ state, attempt }) => state === 'dead' && attempt === 2);
      const { page, context } = await open(browser, dashboard.url, { colorScheme, viewport: { width, height: 800 } });
      for (const view of ['overview', 'jobs', 'jobs/bad-1', 'dlq', 'queues', 'workers', 'nowhere']) {
        await page.evaluate(`location.hash = '#/${view}'`);
        await page.getByText('live', { exact: true }).waitFor(PATIENCE);
        await page.locator('main h1').waitFor(PATIENCE);
        expect(await violations(page), view).toEqual([]);
        const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(wide, view).toBeLessThanOrEqual(0);
      }
      await page.evaluate("location.hash = '#/jobs'");
      for (const button of ['Keys', 'Enqueue a job', 'Hold']) {
        await page.getByRole('button', { name: button }).first().click();
        await page.getByRole('dialog').waitFor(PATIENCE);
        expect(await violations(page), button).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached', ...PATIENCE });
      }
      await context.close();
    },
  );
});

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    interface Axe {
      run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
    }
    const found = await (globalThis as unknown as { axe: Axe }).axe.run();
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
