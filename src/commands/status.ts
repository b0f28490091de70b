// queuectl status: the queue at a glance.
import { QueuectlCommand } from '../base-command.js';
import { overviewDocument } from '../queue/document.js';
import { screenOf } from '../terminal/screen.js';
import { statusView } from '../terminal/status-view.js';

export default class Status extends QueuectlCommand {
  static override summary = 'show how many jobs are in each state, and the workers';
  static override description = 'The average is over attempts that succeeded in the last hour.';
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --json'];

  async run() {
    const { flags } = await this.parse(Status);
    const overview = await this.withQueue(flags, (queue) => queue.overview());
    this.log(statusView(overview, screenOf(process.stdout, process.env)));
    return overviewDocument(overview);
  }
}
