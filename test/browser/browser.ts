// A real browser on the dashboard of a real queue. Where there is none, its tests say so and are skipped.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

export const CHROME = PLACES.find((path) => existsSync(path));

/** Set where they must run: a browser that is missing there is a failure. */
export const REQUIRED = process.env.QUEUECTL_TEST_BROWSER === 'required';

if (CHROME === undefined) console.warn(`the tests of the dashboard in a browser are skipped: no ${PLACES.join(', ')}`);

/** It never asks the network for anything of its own. */
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

export function launch(): Promise<Browser> {
  const args = [...QUIET, '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath: CHROME, args });
}

export interface Opened {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of: errors of scripts, and what the page's policy kept from running. */
  complaints: string[];
}

/** @param url with the token */
export async function open(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction('complain', (text: string) => complaints.push(text));
  await page.addInitScript(`addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
    complain('policy: ' + violatedDirective + ' ' + blockedURI))`);
  await page.goto(url);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { page, context, complaints };
}
