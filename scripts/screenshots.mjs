// Draws docs/images from a queue of its own, in a real browser: the dashboard as the README shows it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = join(root, 'docs/images');
const folder = mkdtempSync(join(tmpdir(), 'queuectl-screenshots-'));
const env = { PATH: process.env.PATH, HOME: folder, QUEUECTL_DB: join(folder, 'queue.db') };

const PICTURES = [
  { name: 'overview', view: '', waits: ['text=transcode-9', 'canvas'], colorScheme: 'light' },
  { name: 'jobs', view: 'jobs', waits: ['role=row'], colorScheme: 'light' },
  { name: 'job', view: 'jobs/transcode-9', waits: ['text=frame 240'], colorScheme: 'dark' },
];

const SEED = [
  ...Array.from({ length: 6 }, (_, at) => [
    '--id',
    `resize-${at + 1}`,
    '--',
    'sh',
    '-c',
    `sleep 0.${at}; echo resized`,
  ]),
  ...['a', 'b'].map((one) => [
    '--id',
    `mirror-${one}`,
    '--max-retries',
    '0',
    '--',
    'sh',
    '-c',
    'echo no route >&2; exit 7',
  ]),
  ['--id', 'report', '--max-retries', '0', '--timeout', '1', '--', 'sleep', '60'],
  [
    '--id',
    'transcode-9',
    '--priority',
    '5',
    '--',
    'sh',
    '-c',
    'for n in 60 120 180 240; do echo frame $n; done; sleep 600',
  ],
  ['--id', 'nightly-backup', '--queue', 'nightly', '--delay', '6h', '--', './backup.sh'],
  ['--id', 'upload-1', '--queue', 'uploads', '--', './upload.sh', 'a.mp4'],
];

function start(...args) {
  return spawn(process.execPath, [join(root, 'bin/run.js'), ...args], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function run(...args) {
  const [code] = await once(start(...args), 'close');
  if (code !== 0) throw new Error(`queuectl ${args.join(' ')} left with ${code}`);
}

const chrome = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
const dashboard = start('dashboard', '--port', '0', '--write');
try {
  await run('queue', 'pause', 'uploads');
  for (const job of SEED) await run('enqueue', ...job);
  await run('worker', 'start', '--concurrency', '2');
  await once(start('wait', '--queue', 'default', '--where', 'priority = 0'), 'close'); // all but one; some are to fail
  const { value: url } = await createInterface({ input: dashboard.stdout })[Symbol.asyncIterator]().next();
  const browser = await chromium.launch({ executablePath: chrome, args: ['--no-sandbox', '--disable-gpu'] });
  mkdirSync(images, { recursive: true });
  for (const { name, view, waits, colorScheme } of PICTURES) {
    const context = await browser.newContext({ viewport: { width: 1100, height: 720 }, colorScheme });
    const page = await context.newPage();
    await page.goto(url);
    await page.locator('h1').waitFor();
    await page.evaluate(`location.hash = '#/${view}'`);
    for (const shown of waits) await page.locator(shown).first().waitFor();
    await page.screenshot({ path: join(images, `dashboard-${name}.png`) });
    await context.close();
  }
  await browser.close();
} finally {
  dashboard.kill();
  await run('worker', 'stop', '--now');
  rmSync(folder, { recursive: true, force: true });
}
