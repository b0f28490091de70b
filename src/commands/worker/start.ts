// queuectl worker start
import { Flags } from '@oclif/core';
import { QueuectlCommand } from '../../base-command.js';
import { Conflict } from '../../errors.js';
import { checkName } from '../../job/id.js';
import { showProgress } from '../../progress.js';
import type { Queue } from '../../queue/queue.js';
import { launchDetached } from '../../worker/launch.js';
import { DEFAULT_POOL, workerName } from '../../worker/options.js';
import { type PoolPlan, planPool, stopWorker } from '../../worker/pool.js';
import { supervise } from '../../worker/supervise.js';

export default class WorkerStart extends QueuectlCommand {
  static override description = `Starts workers until the pool of this host has as many as you say.

They are detached: they outlive this terminal, until "queuectl worker stop". The same command again changes nothing.`;
  static override examples = [
    '<%= config.bin %> worker start',
    '<%= config.bin %> worker start --count 4 --queue mail,default',
    '<%= config.bin %> worker start --count 2 --foreground',
  ];
  static override flags = {
    count: Flags.integer({
      char: 'n',
      default: 1,
      min: 1,
      max: 500,
      description: 'how many workers the pool should have',
    }),
    concurrency: Flags.integer({
      char: 'c',
      default: 1,
      min: 1,
      max: 1000,
      description: 'jobs that each runs at once',
    }),
    queue: Flags.string({ char: 'q', multiple: true, delimiter: ',', description: 'serve only these queues' }),
    pool: Flags.string({ default: DEFAULT_POOL, description: 'name of the pool' }),
    foreground: Flags.boolean({ description: 'keep them under this process and print what they do; Ctrl-C drains' }),
  };

  async run() {
    const { flags } = await this.parse(WorkerStart);
    const queues = flags.queue?.map((name) => checkName('queue', name)) ?? null;
    const pool = checkName('pool', flags.pool);
    return this.withQueue(flags, async (queue) => {
      const { foreground, concurrency } = flags;
      const plan = await planPool(queue, flags.count, {
        db: queue.database.location,
        pool,
        concurrency,
        queues,
        foreground,
      });
      if (foreground) return this.#inForeground(plan);
      await this.#detached(queue, plan);
      const workers = (await queue.workers.living()).filter((worker) => worker.pool === pool);
      return { started: plan.missing.map(workerName), workers: workers.map(({ name, pid }) => ({ name, pid })) };
    });
  }

  async #inForeground({ running, missing }: PoolPlan): Promise<void> {
    const taken = running[0];
    if (taken)
      throw new Conflict(`${taken.name} is running already (pid ${taken.pid})`, [
        'queuectl worker stop',
        'or name another --pool',
      ]);
    await supervise(missing, (line) => this.logToStderr(line));
  }

  async #detached(queue: Queue, { running, missing, surplus }: PoolPlan): Promise<void> {
    for (const { name, pid } of running) this.logToStderr(`${name} runs already (pid ${pid})`);
    const started = missing.map((options) => ({
      title: workerName(options),
      work: async () => `${workerName(options)} ready (pid ${await launchDetached(queue, options)})`,
    }));
    const stopped = surplus.map((worker) => ({
      title: `${worker.name} is finishing its jobs`,
      work: () => stopWorker(queue, worker, { patienceMs: null }).then(() => `${worker.name} stopped`),
    }));
    await showProgress([...started, ...stopped], { silent: this.jsonEnabled() });
  }
}
