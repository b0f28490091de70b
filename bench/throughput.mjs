// Shell jobs a second: two workers beside what else runs commands two at a time, alternating.
import { checkRequest } from '../dist/index.js';
import { alternate } from './alternate.mjs';
import { contestants, XARGS_WITH_FILES } from './contestants.mjs';
import { atLeast, median, printTable, ratios, spread } from './figures.mjs';

const JOBS = 1000;
const GOAL = 1.0;
const OURS = 'queuectl, 2 workers';
const OURS_16 = 'queuectl, 2 workers × 16';

export async function throughput(place, { rounds = 7 }) {
  const [one, many] = [await ourselves(place, 'jobs', 1), await ourselves(place, 'jobs16', 16)];
  try {
    const all = { [OURS]: one.run, [OURS_16]: many.run, ...contestants(place, JOBS) };
    print(await alternate(all, rounds));
    const durability = (await one.queue.settings()).durability;
    console.log(
      `${JOBS.toLocaleString('en')} jobs a round; queuectl from the first enqueue on, durability ${durability}`,
    );
  } finally {
    for (const { queue } of [one, many]) await queue.close();
    for (const name of ['jobs', 'jobs16']) place.queuectl(name, 'worker', 'stop');
  }
}

/** Workers that run already, as in daily use; the clock starts when the first of the jobs is handed over. */
async function ourselves(place, name, concurrency) {
  const queue = await place.open(name);
  await place.startWorkers(name, 2, concurrency);
  const requests = Array.from({ length: JOBS }, () => checkRequest({ command: 'true' }));
  const run = async () => {
    const startedAt = Date.now();
    await queue.enqueue(requests);
    await allEnded(queue);
    const [last] = await queue.list({}, { sort: 'finished_at', descending: true, limit: 1 });
    return JOBS / ((last.finishedAt - startedAt) / 1000);
  };
  return { queue, run };
}

/** Looks rarely, since looking costs the workers time. */
export async function allEnded(queue) {
  for (;;) {
    const { counts } = await queue.overview();
    if (counts.failed + counts.dead > 0) throw new Error('jobs of the benchmark failed: queuectl list --state dead');
    if (counts.pending + counts.processing === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function print(rates) {
  const lines = Object.entries(rates).map(([name, values]) => {
    const each = ratios(values, rates[XARGS_WITH_FILES]);
    return [name, spread(values), spread(each), name === OURS ? atLeast(GOAL, median(each)) : ''];
  });
  printTable([['shell jobs a second', 'it', `× ${XARGS_WITH_FILES}`, 'goal'], ...lines]);
}
