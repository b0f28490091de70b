// Section `postgres`: claims and ends of jobs that do nothing, enqueueing, and the way to an idle worker, beside peers.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { alternate } from './alternate.mjs';
import { atLeast, atMost, median, printTable, quantile, ratios, short, spread } from './figures.mjs';
import { inPlace } from './place.mjs';
import { BOSS, GRAPHILE, GRAPHILE_BATCHED, MODES, OURS, OURS_10 } from './postgres-modes.mjs';
import { onServer } from './postgres-server.mjs';

/** Our part of the comparison, its partner, and the goal for the ratio. */
const GOALS = [
  [OURS, GRAPHILE_BATCHED, 1],
  [OURS, GRAPHILE, 2],
  [OURS, BOSS, 5],
  [OURS_10, GRAPHILE, null],
  [OURS_10, BOSS, null],
];
const LATENCY_GOAL = 1.2;
const BULK = 1000;
const SINGLES = 200;

export async function postgres(options) {
  await inPlace(options, (place) =>
    onServer(place, async (server) => {
      const urls = prepare(place, server);
      await drains(urls, options.rounds ?? 5);
      await latency(urls, options.samples);
      await intake(urls, options.rounds ?? 5);
    }),
  );
}

function prepare(place, server) {
  const url = `${server}?schema=queuectl`;
  place.queuectl(url, 'db', 'init');
  return (name) => (MODES[name].engine === MODES[OURS].engine ? url : server);
}

async function drains(urlOf, rounds) {
  for (const count of [1, 2]) {
    const run = (name) => () => drain(name, urlOf(name), count);
    const rates = await alternate(Object.fromEntries(Object.keys(MODES).map((name) => [name, run(name)])), rounds);
    const head = `jobs a second, ${count} worker process${count > 1 ? 'es' : ''}`;
    printTable([[head, 'it'], ...Object.entries(rates).map(([name, values]) => [name, spread(values)])]);
    printTable([
      ['ratio', 'it', 'goal'],
      ...GOALS.map(([ours, theirs, goal]) => {
        const each = ratios(rates[ours], rates[theirs]);
        return [`${ours} / ${theirs}`, spread(each), goal ? atLeast(goal, median(each)) : ''];
      }),
    ]);
  }
}

/** All jobs wait before a worker starts; the clock runs from the first tenth on, until all are recorded as done. */
async function drain(name, url, count) {
  const { engine, jobs } = MODES[name];
  const queue = await engine.open(url);
  const workers = [];
  try {
    for (let n = 0; n < jobs; n += BULK) await queue.many(BULK);
    let [done, counted, startedAt] = [0, 0, 0];
    await new Promise((resolve, reject) => {
      const hear = (message) => {
        done += message.done ?? 0;
        if (startedAt === 0 && done >= jobs / 10) [startedAt, counted] = [performance.now(), done];
        if (done >= jobs) resolve();
      };
      for (let n = 0; n < count; n++) workers.push(startWorker(name, url, hear, reject));
    });
    while (!(await queue.allEnded())) await rest(1);
    return (jobs - counted) / ((performance.now() - startedAt) / 1000);
  } finally {
    await Promise.all(workers.map(stop));
    await queue.close();
  }
}

async function intake(urlOf, rounds) {
  const names = { queuectl: OURS, 'graphile-worker': GRAPHILE, 'pg-boss': BOSS };
  const queues = {};
  for (const [name, mode] of Object.entries(names)) queues[name] = await MODES[mode].engine.open(urlOf(mode));
  try {
    const all = (measure) => Object.fromEntries(Object.keys(names).map((name) => [name, () => measure(queues[name])]));
    const many = await alternate(
      all((queue) => perSecond(20, BULK, () => queue.many(BULK))),
      rounds,
    );
    const single = await alternate(
      all((queue) => perSecond(SINGLES, 1, queue.one)),
      rounds,
    );
    const cells = (rates, name) => [spread(rates[name]), spread(ratios(rates.queuectl, rates[name]))];
    printTable([
      ['jobs enqueued a second', `in batches of ${BULK}`, 'queuectl / it', 'one by one', 'queuectl / it'],
      ...Object.keys(names).map((name) => [name, ...cells(many, name), ...cells(single, name)]),
    ]);
  } finally {
    for (const queue of Object.values(queues)) await queue.close();
  }
}

async function perSecond(times, each, work) {
  const startedAt = performance.now();
  for (let n = 0; n < times; n++) await work();
  return (times * each) / ((performance.now() - startedAt) / 1000);
}

/** From the call that enqueues to the start in a worker that has nothing to do. Both workers wait all the time. */
async function latency(urlOf, samples) {
  const sides = [];
  try {
    for (const name of [OURS_10, GRAPHILE]) sides.push(await waitingSide(name, urlOf(name)));
    for (let sample = -20; sample < samples; sample++) {
      for (const side of sample % 2 ? sides : sides.toReversed()) {
        await rest(20 + Math.random() * 20); // the worker has gone back to sleep
        const ms = await side.one();
        if (sample >= 0) side.ms.push(ms);
      }
    }
  } finally {
    for (const side of sides) await side.close();
  }
  const [ours, theirs] = sides.map(({ ms }) => quantile(ms, 0.5));
  const rows = sides.map(({ name, ms }) => [name, ...[0.5, 0.99, 1].map((part) => short(quantile(ms, part)))]);
  rows[0].push(`${short(ours / theirs)}, ${atMost(LATENCY_GOAL, ours / theirs)}`);
  printTable([[`ms from enqueue to start, ${samples} samples`, 'p50', 'p99', 'max', 'ratio of p50'], ...rows]);
}

async function waitingSide(name, url) {
  const queue = await MODES[name].engine.open(url);
  let started = () => {};
  let failed = () => {};
  const hear = ({ startedAt }) => startedAt && started(startedAt);
  const worker = startWorker(name, url, hear, (error) => failed(error), true);
  while (!(await queue.allEnded())) await rest(100); // what the measurements of before left
  await rest(1000);
  const one = () =>
    new Promise((resolve, reject) => {
      failed = reject;
      const from = Number(process.hrtime.bigint()) / 1e6;
      started = (at) => resolve(at - from);
      queue.one().catch(reject);
    });
  const close = async () => {
    await stop(worker);
    await queue.close();
  };
  return { name, ms: [], one, close };
}

function startWorker(name, url, hear, failed, withStarts = false) {
  const program = fileURLToPath(new URL('postgres-worker.mjs', import.meta.url));
  const worker = fork(program, [name, url, ...(withStarts ? ['starts'] : [])]);
  worker.on('message', hear);
  worker.once('exit', (code) => code && failed(new Error(`a worker of ${name} ended with ${code}`)));
  return worker;
}

function stop(worker) {
  if (worker.exitCode !== null) return;
  return new Promise((resolve) => {
    worker.once('exit', resolve);
    worker.kill('SIGKILL'); // it has nothing to lose
  });
}

function rest(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
