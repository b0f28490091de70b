// queuectl top: the queue on the full screen, as it changes.
import { QueuectlCommand } from '../base-command.js';
import { watchStatus } from '../watch-status.js';

export default class Top extends QueuectlCommand {
  static override summary = 'watch the queue on the full screen';
  static override description =
    `Keys filter and sort the jobs, open an output, cancel, retry, hold and pause; ? lists them.
Without a terminal, and with TERM=dumb, a line is printed on each change; under --json a document a line, as status prints it.`;
  static override examples = ['<%= config.bin %> top', '<%= config.bin %> top --json'];

  async run() {
    const { flags } = await this.parse(Top);
    await this.withQueue(flags, async (queue) => {
      await this.knowHow(await queue.list({}, { limit: 100, descending: true }));
      await watchStatus(queue, this.jsonEnabled());
    });
  }
}
