// queuectl worker restart
import { QueuectlCommand, textArg } from '../../base-command.js';
import { showProgress } from '../../progress.js';
import { planRestart, restartSteps } from '../../worker/restart.js';

export default class WorkerRestart extends QueuectlCommand {
  static override summary = 'replace workers one by one while their jobs run on';
  static override description =
    `Each new worker has the place and the options of the old one, and takes its running jobs over: they are not
ended, and their true exit codes are recorded. This is how an upgrade is taken up.`;
  static override examples = ['<%= config.bin %> worker restart', '<%= config.bin %> worker restart worker-3'];
  static override strict = false;
  static override args = { worker: textArg({ description: 'names of workers, as worker list shows them' }) };

  async run() {
    const { argv, flags } = await this.parse(WorkerRestart);
    return this.withQueue(flags, async (queue) => {
      const plan = await planRestart(queue, argv as string[]);
      const { workers, supervised } = plan;
      for (const { name } of supervised) this.logToStderr(`${name} runs in the foreground: restart what started it`);
      if (workers.length + supervised.length === 0) this.logToStderr('no worker runs on this host');
      await showProgress(restartSteps(queue, plan), { silent: this.jsonEnabled(), oneByOne: true });
      const names = workers.map(({ name }) => name);
      const now = (await queue.workers.living()).filter(({ name }) => names.includes(name));
      return { restarted: now.map(({ name, pid }) => ({ name, pid })), supervised: supervised.map(({ name }) => name) };
    });
  }
}
