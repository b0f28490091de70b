// Section `types`: jobs a second of a job type that runs in the worker itself, by real workers, beside peers.
import { alternate } from './alternate.mjs';
import { atLeast, median, printTable, ratios, spread } from './figures.mjs';
import { inPlace } from './place.mjs';
import { onServer } from './postgres-server.mjs';
import { onRedis } from './redis-server.mjs';
import { BULLMQ, BULLMQ_AOF, GRAPHILE, modes, OURS, PLAINJOB, RAW } from './types-modes.mjs';

/** What ours is compared with, and the goal for one worker with jobs that do nothing. */
const GOALS = { [PLAINJOB]: 3, [BULLMQ]: 1.5, [BULLMQ_AOF]: null, [GRAPHILE]: null, [RAW]: 0.35 };

/** How long a handler takes, ms; how many workers; a part of the jobs: long enough to be measured, no longer. */
const CASES = [
  { ms: 0, workers: 1, part: 1 },
  { ms: 0, workers: 2, part: 1 },
  { ms: 1, workers: 1, part: 0.3 },
  { ms: 5, workers: 1, part: 0.1 },
];

export async function types(options) {
  await inPlace(options, (place) =>
    onServer(place, (postgres) =>
      onRedis(place, async (redis) => {
        const all = modes(place, { postgres, ...redis });
        for (const one of CASES) await compare(all, one, options.rounds ?? 5);
      }),
    ),
  );
}

async function compare(all, { ms, workers, part }, rounds) {
  const taking = Object.entries(all).filter(([name]) => ms === 0 || name !== RAW); // which has no handlers to wait for
  const drains = taking.map(([name, mode]) => {
    const jobs = Math.round((mode.jobs * part) / 500) * 500 || 500;
    return [name, () => drain(mode, { ms, workers, jobs })];
  });
  const rates = await alternate(Object.fromEntries(drains), rounds);
  const what = ms === 0 ? 'that do nothing' : `that wait ${ms} ms`;
  const head = `jobs a second ${what}, ${workers} worker${workers > 1 ? 's' : ''}`;
  const lines = Object.entries(rates).map(([name, values]) => {
    if (name === OURS) return [name, spread(values), '', ''];
    const each = ratios(rates[OURS], values);
    const goal = ms === 0 && workers === 1 && GOALS[name] ? atLeast(GOALS[name], median(each)) : '';
    return [name, spread(values), spread(each), goal];
  });
  printTable([[head, 'it', 'queuectl / it', 'goal'], ...lines]);
}

/** All jobs wait before a worker starts; the clock runs from the first tenth on, until all are recorded as done. */
async function drain(mode, { ms, workers, jobs }) {
  const round = await mode.seed(jobs, ms);
  let [done, counted, startedAt] = [0, 0, 0];
  try {
    const ended = new Promise((resolve, reject) => {
      const hear = (some) => {
        done += some;
        if (startedAt === 0 && done >= jobs / 10) [startedAt, counted] = [performance.now(), done];
        if (done >= jobs) resolve(performance.now());
      };
      round.watch(hear, reject);
    });
    await round.start(workers);
    return (jobs - counted) / (((await ended) - startedAt) / 1000);
  } finally {
    await round.end();
  }
}
