// queuectl worker start
import { QueuectlCommand } from '../../base-command.js';
import { Conflict } from '../../errors.js';
import { checkName } from '../../job/id.js';
import { Flags } from '../../oclif.js';
import { showProgress } from '../../progress.js';
import { DEFAULT_POOL, workerName } from '../../worker/options.js';
import { type PoolPlan, planPool, poolSteps, runsAlready } from '../../worker/pool.js';
import { standAside, supervise } from '../../worker/supervise.js';

export default class WorkerStart extends QueuectlCommand {
  static override summary = 'start workers until the pool has so many';
  static override description =
    'They are detached: they outlive this terminal, until "queuectl worker stop". The same command again changes nothing.';
  static override examples = [
    '<%= config.bin %> worker start',
    '<%= config.bin %> worker start --count 4 --queue mail,default',
    '<%= config.bin %> worker start --count 2 --foreground',
  ];
  static override flags = {
    count: Flags.integer({ char: 'n', default: 1, min: 1, max: 500, description: 'workers that the pool should have' }),
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
    const { count, concurrency, foreground } = flags;
    const queues = flags.queue?.map((name) => checkName('queue', name)) ?? null;
    const pool = checkName('pool', flags.pool);
    if (foreground) standAside((line) => this.logToStderr(line));
    return this.withQueue(flags, async (queue) => {
      const options = { db: queue.database.address, pool, concurrency, queues, foreground };
      const plan = await planPool(queue, count, options);
      if (foreground) return this.#inForeground(plan);
      for (const worker of plan.running) this.logToStderr(runsAlready(worker, options));
      await showProgress(poolSteps(queue, plan), { silent: this.jsonEnabled() });
      const workers = (await queue.workers.living()).filter((worker) => worker.pool === pool);
      return { started: plan.missing.map(workerName), workers: workers.map(({ name, pid }) => ({ name, pid })) };
    });
  }

  async #inForeground({ running: [taken], missing }: PoolPlan): Promise<void> {
    const ways = ['queuectl worker stop', 'or name another --pool'];
    if (taken) throw new Conflict(`${taken.name} is running already (pid ${taken.pid})`, ways);
    await supervise(missing, (line) => this.logToStderr(line));
  }
}
