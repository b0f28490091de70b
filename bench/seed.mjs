// Fills a queue through the library: so many jobs, the first half completed by a worker that runs nothing.
import { checkRequest } from '../dist/index.js';

const BATCH = 1000;
/** Needed to settle a job, though none of these fails. */
const POLICY = { maxRetries: 3, maxCrashes: 3, backoff: { base: 2, maxMs: 1000, jitter: 0 } };

export async function seed(place, name, rows) {
  const queue = await place.open(name);
  const startedAt = performance.now();
  try {
    const requests = Array.from({ length: BATCH }, () => checkRequest({ command: 'true' }));
    for (let left = rows; left > 0; left -= BATCH) await queue.enqueue(requests.slice(0, left));
    await complete(queue, Math.floor(rows / 2));
  } finally {
    await queue.close();
  }
  console.log(`\nseeded ${rows.toLocaleString('en')} jobs in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}

async function complete(queue, wanted) {
  const worker = await register(queue);
  const turn = { worker, served: { queues: null, types: ['shell'] }, policy: POLICY };
  let ended = [];
  for (let left = wanted; left > 0 || ended.length > 0; ) {
    const { claims } = await queue.runs.turn({ ...turn, ended, room: Math.min(left, BATCH) });
    ended = claims.map(succeeded);
    left -= claims.length;
  }
  await queue.workers.end(worker);
}

function succeeded({ job, waitMs }) {
  return {
    ...{ job: job.number, id: job.id, attempt: job.attempt, queue: job.queue, type: job.type },
    ending: { outcome: 'succeeded', cause: null, exitCode: 0 },
    ...{ runMs: 1, waitMs, outputs: [], outputBytes: 0, outputFile: null, result: null },
  };
}

function register(queue) {
  return queue.workers.register({
    ...{ name: 'seed', host: 'seed', hostName: 'seed', pool: 'seed', slot: 1, pid: process.pid, pidStart: '0' },
    ...{ version: '0', queues: null, types: ['shell'], concurrency: BATCH, leaseMs: 3_600_000 },
  });
}
