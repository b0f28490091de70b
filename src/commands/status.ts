// queuectl status: the queue at a glance.
import { QueuectlCommand } from '../base-command.js';
import { Flags } from '../oclif.js';
import { overviewDocument } from '../queue/document.js';
import { screenOf } from '../terminal/screen.js';
import { statusView } from '../terminal/status-view.js';

export default class Status extends QueuectlCommand {
  static override summary = 'show how many jobs are in each state, and the workers';
  static override description = `The average is over attempts that succeeded in the last hour.
--watch is queuectl top.`;
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --json'];
  static override flags = {
    watch: Flags.boolean({ char: 'w', description: 'go on, on the full screen of a terminal' }),
  };

  async run() {
    const { flags } = await this.parse(Status);
    if (flags.watch) {
      const { watchStatus } = await import('../watch-status.js');
      return this.withQueue(flags, async (queue) => {
        await this.knowHow(await queue.list({}, { limit: 100, descending: true }));
        return watchStatus(queue, this.jsonEnabled());
      });
    }
    const overview = await this.withQueue(flags, (queue) => queue.overview());
    this.log(statusView(overview, screenOf(process.stdout, process.env)));
    return overviewDocument(overview);
  }
}
