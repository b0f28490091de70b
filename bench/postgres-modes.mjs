// What is compared on PostgreSQL: each engine in each way of using it, by the name in the tables.
import { boss, graphile } from './postgres-peers.mjs';
import { queuectl } from './postgres-queuectl.mjs';

export const OURS = 'queuectl, turns of 500';
export const OURS_10 = 'queuectl, turns of 10';
export const GRAPHILE = 'graphile-worker, 10 at once';
export const GRAPHILE_BATCHED = 'graphile-worker, local queue of 500';
export const BOSS = 'pg-boss, fetch and complete 10';

/** jobs: of one measurement, so that each takes seconds. */
export const MODES = {
  [OURS]: { engine: queuectl, options: { room: 500 }, jobs: 20_000 },
  [OURS_10]: { engine: queuectl, options: { room: 10 }, jobs: 5000 },
  [GRAPHILE_BATCHED]: {
    engine: graphile,
    options: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
    jobs: 20_000,
  },
  [GRAPHILE]: { engine: graphile, options: {}, jobs: 5000 },
  [BOSS]: { engine: boss, options: { batchSize: 10 }, jobs: 2000 },
};
