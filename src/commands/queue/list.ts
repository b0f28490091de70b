// queuectl queue list: the queues, what is in each, and which are paused.
import { QueuectlCommand } from '../../base-command.js';
import { queueDocument } from '../../queue/queue-document.js';
import { viewQueues } from '../../queue/queues.js';
import { queueTable } from '../../terminal/queue-table.js';
import { screenOf } from '../../terminal/screen.js';

export default class QueueList extends QueuectlCommand {
  static override summary = 'show the queues: what is in each, who serves it, and which are paused';
  static override description = 'A queue is there as long as it has jobs, is paused, or a worker was started for it.';
  static override examples = ['<%= config.bin %> queue list', '<%= config.bin %> queue list --json'];

  async run() {
    const { flags } = await this.parse(QueueList);
    const views = await this.withQueue(flags, viewQueues);
    if (views.queues.length > 0) this.log(queueTable(views, screenOf(process.stdout, process.env)));
    else if (!this.jsonEnabled()) this.logToStderr('no queue has jobs or is paused');
    return { queues: views.queues.map(queueDocument) };
  }
}
