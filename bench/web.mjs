// The dashboard: pages over many jobs beside pages over few, and what 50 open pages cost the workers of a busy queue.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import { checkRequest } from '../dist/index.js';
import { cpuMs } from './cost.mjs';
import { atMost, median, printTable, ratios, short, spread } from './figures.mjs';
import { openPage, VIEWS } from './open-page.mjs';
import { PROGRAM } from './place.mjs';
import { seed } from './seed.mjs';
import { allEnded } from './throughput.mjs';

const FEW = 1000;
const GROWTH_GOAL = 1.3;
const PAGES_OPEN = 50;
const COST_GOAL = 1.05;
const BUSY_JOBS = 2000;
const PAINT_GOAL_MS = 200;
const TOKEN = 'a-token-of-the-benchmark';

/** What the page of jobs asks for. */
const PATHS = [
  '/jobs?limit=100',
  '/jobs?limit=100&reverse=true',
  '/jobs?limit=100&state=completed',
  '/jobs?limit=100&state=dead',
  '/jobs?limit=100&queue=default&type=shell&reverse=true',
  '/jobs?limit=100&state=completed&sort=finished_at&reverse=true',
];

export async function web(place, { rounds = 25, rows }) {
  await seed(place, 'few', FEW);
  await seed(place, 'many', rows);
  const [few, many] = [await dashboard(place, 'few'), await dashboard(place, 'many')];
  try {
    const lines = [];
    for (const path of PATHS) lines.push(await grown(path, few, many, rounds));
    printTable([[`ms, ${rows.toLocaleString('en')} jobs`, 'it', `of ${FEW}`, 'ratio', 'goal'], ...lines]);
    await painted(many, rounds);
  } finally {
    few.end();
    many.end();
  }
  await busy(place, Math.ceil(rounds * 0.6));
}

async function grown(path, few, many, rounds) {
  const times = { few: [], many: [] };
  for (let round = -3; round < rounds; round++) {
    for (const [name, { get }] of Object.entries({ few, many })) {
      const begun = performance.now();
      await (await get(path)).text();
      if (round >= 0) times[name].push(performance.now() - begun);
    }
  }
  const each = ratios(times.many, times.few);
  return [path, spread(times.many), spread(times.few), spread(each), atMost(GROWTH_GOAL, median(each))];
}

/** From the link on, each time in a browser that has nothing of the page yet. */
async function painted({ link }, rounds) {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
  if (!executablePath) return console.log('first paint: there is no Chromium here');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const [paints, overviews] = [[], []];
  for (let round = -1; round < rounds; round++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(`new MutationObserver(() => {
      if (document.querySelector('.counts')) globalThis.overviewAt ??= performance.now();
    }).observe(document, { childList: true, subtree: true })`);
    await page.goto(link);
    await page.locator('.counts').waitFor();
    const [paint, overview] = await page.evaluate(() => [
      performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
      globalThis.overviewAt,
    ]);
    if (round >= 0) paints.push(paint);
    if (round >= 0) overviews.push(overview);
    await context.close();
  }
  await browser.close();
  const goal = atMost(PAINT_GOAL_MS, median(paints));
  printTable([
    ['ms', 'it', 'goal'],
    ['first paint', spread(paints), goal],
    ['the overview is there', spread(overviews), ''],
  ]);
}

/** What 50 pages cost the workers. Their readers run on the same cores, where browsers would not: their share is shown. */
async function busy(place, rounds) {
  const queue = await place.open('busy');
  await place.startWorkers('busy', 2, 4);
  const server = await dashboard(place, 'busy');
  const seen = { nothing: [], overview: [], jobs: [] };
  try {
    for (let round = -1; round < rounds; round++) {
      for (const what of round % 2 ? ['nothing', 'overview', 'jobs'] : ['jobs', 'overview', 'nothing']) {
        const view = VIEWS[what];
        const pages = await Promise.all(Array.from({ length: view ? PAGES_OPEN : 0 }, () => openPage(server, view)));
        const measured = await runBeside(queue, server);
        if (round >= 0) seen[what].push(measured);
        await Promise.all(pages.map((close) => close()));
      }
    }
  } finally {
    server.end();
    await queue.close();
    place.queuectl('busy', 'worker', 'stop');
  }
  const figures = (what, key) => seen[what].map((one) => one[key]);
  const alone = figures('nothing', 'ms');
  const line = (what) => {
    const ms = figures(what, 'ms');
    const each = ratios(ms, alone);
    const goal = atMost(COST_GOAL, median(each));
    const readers = median(figures(what, 'own')) - median(figures('nothing', 'own'));
    return [what, spread(ms), spread(alone), spread(each), goal, spread(figures(what, 'server')), short(readers)];
  };
  const head = [`${PAGES_OPEN} pages`, `ms for ${BUSY_JOBS} jobs`, 'no page', 'ratio', 'goal'];
  printTable([[...head, 'server, % of all cores', 'readers, %'], line('overview'), line('jobs')]);
}

async function runBeside(queue, server) {
  const [begun, serverMs, own] = [performance.now(), cpuMs(server.pid), process.cpuUsage()];
  const ms = await run(queue);
  const percent = (usedMs) => (100 * usedMs) / (performance.now() - begun) / cpus().length;
  const { user, system } = process.cpuUsage(own);
  return { ms, server: percent(cpuMs(server.pid) - serverMs), own: percent((user + system) / 1000) };
}

async function run(queue) {
  const begun = Date.now();
  await queue.enqueue(Array.from({ length: BUSY_JOBS }, () => checkRequest({ command: 'true' })));
  await allEnded(queue);
  const [last] = await queue.list({}, { sort: 'finished_at', descending: true, limit: 1 });
  return last.finishedAt - begun;
}

async function dashboard(place, name) {
  const env = { ...place.on(name), QUEUECTL_DASHBOARD_TOKEN: TOKEN };
  const argv = [PROGRAM, 'dashboard', '--port', '0', '--json'];
  const child = spawn(process.execPath, argv, { env, cwd: place.folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { url: link, port } = JSON.parse(line);
  const url = `http://127.0.0.1:${port}/api/v1`;
  const headers = { authorization: `Bearer ${TOKEN}` };
  return {
    link,
    port,
    headers,
    pid: child.pid,
    get: (path) => fetch(url + path, { headers }),
    end: () => child.kill(),
  };
}
