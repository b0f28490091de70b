// queuectl dlq purge: removes dead jobs for good.
import { BulkCommand, bulkFlags } from '../../bulk-command.js';
import { filterFlags, jobArgs } from '../../selection.js';

const { state: _, ...flags } = filterFlags;

export default class DlqPurge extends BulkCommand {
  static override summary = 'remove jobs of the dead letter queue and their output for good';
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'dlq purge JOB… | --all | --cause CAUSE';
  static override examples = [
    '<%= config.bin %> dlq purge job1',
    '<%= config.bin %> dlq purge --all --yes',
    `<%= config.bin %> dlq purge --where 'finished > 30d'`,
  ];

  static override flags = { ...flags, ...bulkFlags };

  async run() {
    const words = { ask: 'Remove N for good', done: 'removed', grave: true };
    return this.bulk(await this.parse(DlqPurge), { kind: 'delete' }, words, { from: ['dead'] });
  }
}
