// graphile-worker and pg-boss, each through its own public interface, with a job that does nothing.
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import PgBoss from 'pg-boss';

const TASK = 'nothing';
const silent = new Logger(() => () => {});

export const graphile = {
  async open(url) {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    pool.on('error', fail).on('connect', (client) => client.on('error', fail));
    const utils = await makeWorkerUtils({ pgPool: pool, logger: silent });
    await utils.migrate();
    return {
      one: () => utils.addJob(TASK, {}),
      many: (count) => utils.addJobs(Array.from({ length: count }, () => ({ identifier: TASK, payload: {} }))),
      async allEnded() {
        const { rows } = await pool.query('select 1 from graphile_worker._private_jobs limit 1');
        return rows.length === 0; // a job that completed is deleted
      },
      async close() {
        await utils.release();
        await pool.end();
      },
    };
  },

  /** @param options of graphile-worker's preset */
  async work(url, options, { started, done }) {
    const worker = { connectionString: url, concurrentJobs: 10, ...options };
    const taskList = { [TASK]: async () => started() };
    const runner = await run({ preset: { worker }, logger: silent, noHandleSignals: true, taskList, crontab: '' });
    runner.events.on('job:success', () => done(1));
  },
};

export const boss = {
  async open(url) {
    const queue = new PgBoss({ connectionString: url, supervise: false, schedule: false });
    queue.on('error', fail);
    await queue.start();
    await queue.createQueue(TASK);
    return {
      one: () => queue.send(TASK, {}),
      many: (count) => queue.insert(Array.from({ length: count }, () => ({ name: TASK, data: {} }))),
      allEnded: async () => (await queue.getQueueSize(TASK, { before: 'completed' })) === 0,
      close: () => queue.stop({ graceful: false }),
    };
  },

  async work(url, { batchSize }, { started, done }) {
    const queue = new PgBoss({ connectionString: url, supervise: false, schedule: false, migrate: false });
    queue.on('error', fail);
    await queue.start();
    const loop = async () => {
      for (;;) {
        const jobs = await queue.fetch(TASK, { batchSize });
        for (const _ of jobs) started();
        if (jobs.length > 0) {
          await queue.complete(
            TASK,
            jobs.map((job) => job.id),
          );
        } else await new Promise((resolve) => setTimeout(resolve, 500)); // its shortest interval
        done(jobs.length);
      }
    };
    void loop();
  },
};

function fail(error) {
  throw error;
}
