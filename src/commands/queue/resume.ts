// queuectl queue resume: a paused queue goes on.
import { QueuectlCommand } from '../../base-command.js';
import { queueChangeDocument } from '../../queue/queue-document.js';
import { resumeQueues } from '../../queue/queues.js';
import { allQueues, queueArgs, queueChangeLines, readQueueNames } from '../../queue-names.js';

export default class QueueResume extends QueuectlCommand {
  static override summary = 'let paused queues go on, at once';
  static override strict = false;
  static override usage = 'queue resume NAME… | --all';
  static override examples = ['<%= config.bin %> queue resume mail', '<%= config.bin %> queue resume --all'];
  static override args = queueArgs;
  static override flags = allQueues('every paused queue');

  async run() {
    const { argv, flags } = await this.parse(QueueResume);
    const names = readQueueNames(argv as string[], flags.all);
    const change = await this.withQueue(flags, (queue) => resumeQueues(queue, names));
    for (const line of queueChangeLines(change, 'resumed', 'was not paused'))
      if (!this.jsonEnabled()) this.logToStderr(line);
    return queueChangeDocument('resumed', change);
  }
}
