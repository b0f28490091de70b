// queuectl dlq retry: puts dead jobs back into their queues.
import { BulkCommand, bulkFlags } from '../../bulk-command.js';
import { filterFlags, jobArgs } from '../../selection.js';

const { state: _, ...flags } = filterFlags;

export default class DlqRetry extends BulkCommand {
  static override summary = 'run jobs of the dead letter queue again';
  static override description = 'They keep their ids and their policy; failures are counted from 0 again.';
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'dlq retry JOB… | --all | --cause CAUSE';
  static override examples = [
    '<%= config.bin %> dlq retry job1 job2',
    '<%= config.bin %> dlq retry --all',
    '<%= config.bin %> dlq retry --cause exit:3 --dry-run',
  ];

  static override flags = { ...flags, ...bulkFlags };

  async run() {
    const words = { ask: 'Run N again', done: 'will run again' };
    return this.bulk(await this.parse(DlqRetry), { kind: 'retry' }, words, { from: ['dead'] });
  }
}
