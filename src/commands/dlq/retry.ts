// queuectl dlq retry: puts dead jobs back into their queues.
import { Flags } from '@oclif/core';
import { QueuectlCommand, textArg } from '../../base-command.js';
import { checkSelection } from '../../selection.js';

export default class DlqRetry extends QueuectlCommand {
  static override summary = 'run jobs of the dead letter queue again';
  static override description = 'They keep their ids; failures are counted from 0 again.';
  static override strict = false;
  static override usage = 'dlq retry ID… | --all | --cause CAUSE';
  static override examples = [
    '<%= config.bin %> dlq retry job1 job2',
    '<%= config.bin %> dlq retry --all',
    '<%= config.bin %> dlq retry --cause timeout',
  ];

  static override args = { id: textArg({ description: 'ids of the jobs' }) };

  static override flags = {
    all: Flags.boolean({ description: 'every dead job' }),
    cause: Flags.string({ description: 'every one with this cause, such as exit:1 or timeout' }),
  };

  async run() {
    const { argv, flags } = await this.parse(DlqRetry);
    const ids = [...new Set(argv as string[])];
    checkSelection({ 'an id': ids.length > 0, '--all': flags.all, '--cause': flags.cause !== undefined });
    const filter = { states: ['dead'] as const, cause: flags.cause };
    const retried = await this.withQueue(flags, async (queue) => {
      if (ids.length === 0) return queue.eachBatch(filter, (batch) => queue.redriveDead(batch));
      return (await queue.redriveDead(ids)).length;
    });
    if (!this.jsonEnabled())
      this.logToStderr(retried === 1 ? '1 job will run again' : `${retried} jobs will run again`);
    return { retried };
  }
}
