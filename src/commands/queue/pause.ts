// queuectl queue pause: nothing of a queue is started any more.
import { QueuectlCommand } from '../../base-command.js';
import { queueChangeDocument } from '../../queue/queue-document.js';
import { pauseQueues } from '../../queue/queues.js';
import { allQueues, queueArgs, queueChangeLines, readQueueNames } from '../../queue-names.js';

export default class QueuePause extends QueuectlCommand {
  static override summary = 'pause queues: their jobs wait, on every host';
  static override description =
    `Within a second no job of a paused queue is started any more. What runs goes on, and jobs can still be enqueued.
--all pauses the queues that there are now.`;
  static override strict = false;
  static override usage = 'queue pause NAME… | --all';
  static override examples = ['<%= config.bin %> queue pause mail', '<%= config.bin %> queue pause --all'];
  static override args = queueArgs;
  static override flags = allQueues('every queue that has or had jobs');

  async run() {
    const { argv, flags } = await this.parse(QueuePause);
    const names = readQueueNames(argv as string[], flags.all);
    const change = await this.withQueue(flags, (queue) => pauseQueues(queue, names));
    for (const line of queueChangeLines(change, 'paused', 'was paused before'))
      if (!this.jsonEnabled()) this.logToStderr(line);
    return queueChangeDocument('paused', change);
  }
}
