// queuectl dlq list: the jobs that failed for good.
import { Flags } from '@oclif/core';
import { QueuectlCommand } from '../../base-command.js';
import { jobDocument } from '../../queue/document.js';
import { formatJobs } from '../../terminal/job-list.js';

export default class DlqList extends QueuectlCommand {
  static override summary = 'list the dead letter queue';
  static override examples = [
    '<%= config.bin %> dlq list',
    '<%= config.bin %> dlq list --cause timeout --ids | xargs <%= config.bin %> dlq retry',
  ];

  static override flags = {
    cause: Flags.string({ description: 'only with this cause, such as exit:1 or timeout' }),
    queue: Flags.string({ description: 'only in this queue' }),
    limit: Flags.integer({ description: 'at most so many', default: 100, min: 1, helpValue: 'N' }),
    ids: Flags.boolean({ description: 'print only ids, one a line', exclusive: ['json'] }),
  };

  async run() {
    const { flags } = await this.parse(DlqList);
    const { cause, queue: queueName, limit, ids } = flags;
    const filter = { states: ['dead'] as const, cause, queue: queueName };
    const found = await this.withQueue(flags, (queue) => queue.list(filter, { limit: limit + 1 }));
    const jobs = found.slice(0, limit);
    await this.knowHow(jobs);
    this.log(formatJobs(jobs, { ids }));
    if (found.length > limit && !this.jsonEnabled()) this.logToStderr(`the first ${limit} jobs; --limit N shows more`);
    return { jobs: jobs.map(jobDocument), more: found.length > limit };
  }
}
