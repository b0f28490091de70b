// queuectl worker list: the workers that there are, what they run, and how they are.
import { QueuectlCommand } from '../../base-command.js';
import { workerDocument } from '../../queue/document.js';
import { screenOf } from '../../terminal/screen.js';
import { workerTable } from '../../terminal/worker-table.js';

export default class WorkerList extends QueuectlCommand {
  static override summary = 'show the workers, what they run and how they are';
  static override examples = ['<%= config.bin %> worker list', '<%= config.bin %> worker list --json'];

  async run() {
    const { flags } = await this.parse(WorkerList);
    return this.withQueue(flags, async (queue) => {
      const workers = await queue.workerViews();
      if (workers.length === 0) this.logToStderr('no worker runs; start one: queuectl worker start');
      else this.log(`${workerTable(workers, screenOf(process.stdout, process.env))}\n\nlogs: ${queue.files.logs}`);
      return { workers: workers.map(workerDocument), logs: queue.files.logs };
    });
  }
}
