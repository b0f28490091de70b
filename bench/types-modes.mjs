// What is compared with in-process job types, by the name in the tables: how each is filled, started, watched and ended.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { graphile } from './postgres-peers.mjs';
import { bullmq } from './types-bullmq.mjs';
import { queuectl } from './types-queuectl.mjs';
import { plainjob, raw } from './types-sqlite.mjs';

export const OURS = 'queuectl, concurrency 10';
export const PLAINJOB = 'plainjob, 10 loops';
export const BULLMQ = 'BullMQ, concurrency 10, no AOF';
export const BULLMQ_AOF = 'BullMQ, concurrency 10, AOF always';
export const GRAPHILE = 'graphile-worker, 10 at once';
export const RAW = 'SQLite alone, 100 a transaction';

export const ENGINES = { plainjob, raw, bullmq, graphile: { work: (url, options) => graphile.work(url, {}, options) } };

/**
 * @param at URLs of servers; BullMQ is left out without its own
 * @returns by name; jobs: of one measurement, so that each takes a second or two
 */
export function modes(place, at) {
  const all = {
    [OURS]: { jobs: 20_000, seed: queuectl(place) },
    [PLAINJOB]: { jobs: 20_000, seed: peer('plainjob', () => place.fresh('plainjob')) },
    [RAW]: { jobs: 40_000, seed: peer('raw', () => place.fresh('raw')) },
    [GRAPHILE]: { jobs: 3000, seed: peer('graphile', () => at.postgres, graphile) },
  };
  const redis = (url) => ({ jobs: 10_000, seed: peer('bullmq', () => url) });
  if (at.plain) all[BULLMQ] = redis(at.plain);
  if (at.durable) all[BULLMQ_AOF] = redis(at.durable);
  return all;
}

/** @param url gives where a round is to happen */
function peer(name, url, { open } = ENGINES[name]) {
  return async (jobs, ms) => {
    const where = url();
    const queue = await open(where);
    for (let left = jobs; left > 0; left -= 1000) await queue.many(Math.min(left, 1000));
    await queue.close();
    const workers = [];
    let [hear, failed] = [];
    const startOne = () => {
      const program = fileURLToPath(new URL('types-worker.mjs', import.meta.url));
      const worker = fork(program, [name, where, String(ms)]);
      worker.on('message', ({ done }) => hear(done));
      worker.once('exit', (code) => code && failed(new Error(`a worker of ${name} ended with ${code}`)));
      workers.push(worker);
    };
    return {
      watch: (...both) => {
        [hear, failed] = both;
      },
      start: async (count) => {
        for (let n = 0; n < count; n++) startOne();
      },
      end: () => Promise.all(workers.map(stop)),
    };
  };
}

function stop(worker) {
  if (worker.exitCode !== null) return;
  return new Promise((resolve) => {
    worker.once('exit', resolve);
    worker.kill('SIGKILL'); // it has nothing to lose
  });
}
