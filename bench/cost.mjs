// What a worker costs: processor time while it has nothing to do, and memory over many jobs.
import { readFileSync } from 'node:fs';
import { checkRequest } from '../dist/index.js';
import { atMost, printTable, short } from './figures.mjs';
import { allEnded } from './throughput.mjs';

const IDLE_GOAL = 0.2;
const MEMORY_GOAL_MB = 70;
/** Growth of the second half that is still called flat. */
const FLAT_MB = 3;
const BATCH = 1000;
const QUARTERS = 4;

export async function idle(place, { idle: seconds }) {
  const pids = await place.startWorkers('idle', 2);
  try {
    await rest(3000); // the start is over
    const before = pids.map(cpuMs);
    const startedAt = performance.now();
    await rest(seconds * 1000);
    const wallMs = performance.now() - startedAt;
    const lines = pids.map((pid, index) => {
      const percent = (100 * (cpuMs(pid) - before[index])) / wallMs;
      return [`worker ${index + 1}`, percent.toFixed(2), atMost(IDLE_GOAL, percent)];
    });
    printTable([[`idle for ${seconds} s`, '% of a core', 'goal'], ...lines]);
  } finally {
    place.queuectl('idle', 'worker', 'stop');
  }
}

export async function memory(place, { jobs }) {
  const queue = await place.open('memory');
  const [pid] = await place.startWorkers('memory', 1, 2);
  const lines = [['0', short(residentMb(pid)), '']];
  const startedAt = performance.now();
  try {
    for (let quarter = 1, done = 0; quarter <= QUARTERS; quarter++) {
      const until = Math.round((jobs * quarter) / QUARTERS);
      for (; done < until; done += BATCH) await run(queue, Math.min(BATCH, until - done));
      done = until;
      lines.push([until.toLocaleString('en'), short(residentMb(pid)), '']);
    }
  } finally {
    await queue.close();
    place.queuectl('memory', 'worker', 'stop');
  }
  const rate = jobs / ((performance.now() - startedAt) / 1000);
  const [half, end] = [Number(lines.at(-3)[1]), Number(lines.at(-1)[1])];
  lines.at(-1)[2] = atMost(MEMORY_GOAL_MB, end);
  printTable([['one worker, after jobs', 'resident MB', 'goal'], ...lines]);
  const growth = end - half;
  console.log(
    `over the second half ${short(growth)} MB (flat is ${atMost(FLAT_MB, growth)}); ${short(rate)} jobs a second`,
  );
}

async function run(queue, count) {
  await queue.enqueue(Array.from({ length: count }, () => checkRequest({ command: 'echo done' })));
  await allEnded(queue);
}

export function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

function rest(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
