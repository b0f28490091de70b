// From an acknowledged enqueue to the job's own first act, with an idle worker: `date` tells when it ran.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { checkRequest } from '../dist/index.js';
import { atMost, printTable, quantile, short } from './figures.mjs';

const GOAL_MS = 5;

export async function latency(place, { samples }) {
  const queue = await place.open('latency');
  await place.startWorkers('latency', 1);
  const [claimed, ran, floor] = [[], [], []];
  try {
    for (let sample = -10; sample < samples; sample++) {
      const measured = { ...(await one(queue)), floor: await justStarted() };
      if (sample < 0) continue; // warming up
      claimed.push(measured.claimed);
      ran.push(measured.ran);
      floor.push(measured.floor);
    }
  } finally {
    await queue.close();
    place.queuectl('latency', 'worker', 'stop');
  }
  const goal = atMost(GOAL_MS, quantile(ran, 0.99));
  printTable([
    [`ms after the acknowledgement, ${samples} samples`, 'p50', 'p99', 'max', 'goal for p99'],
    ['a worker has claimed it (whole ms)', ...summary(claimed)],
    ['the command runs', ...summary(ran), goal],
    ['for comparison: spawn of the same from Node', ...summary(floor)],
  ]);
}

function summary(values) {
  return [short(quantile(values, 0.5)), short(quantile(values, 0.99)), short(Math.max(...values))];
}

async function one(queue) {
  await rest(20 + Math.random() * 40); // the worker has gone back to sleep
  const clock = readClock();
  const [id] = await queue.enqueue([checkRequest({ argv: ['date', '+%s%N'] })]);
  const acknowledged = clock();
  let details = await queue.details(id);
  while (details.job.state !== 'completed') {
    await rest(10);
    details = await queue.details(id);
  }
  const { chunks } = await queue.output(id, null);
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return { claimed: details.attempts[0].startedAt - acknowledged, ran: millis(text) - acknowledged };
}

async function justStarted() {
  const clock = readClock();
  const startedAt = clock();
  const child = spawn('date', ['+%s%N'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [text] = await once(child.stdout, 'data');
  return millis(text) - startedAt;
}

/** The clock of the day with fractions of a millisecond, set anew at the moment when a millisecond begins. */
function readClock() {
  const before = Date.now();
  let now = before;
  while (now === before) now = Date.now();
  const offset = now - performance.now();
  return () => offset + performance.now();
}

function millis(nanoseconds) {
  return Number(nanoseconds) / 1e6;
}

function rest(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
