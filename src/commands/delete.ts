// queuectl delete: jobs and all that is kept of them go for good.
import { BulkCommand, bulkFlags } from '../bulk-command.js';
import { filterFlags, jobArgs } from '../selection.js';

export default class Delete extends BulkCommand {
  static override summary = 'remove jobs, their attempts and their output for good';
  static override description =
    'Jobs that were named may be in any state but processing; a filter takes those that have ended unless --state says otherwise.';
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'delete JOB… | --all | --queue NAME …';
  static override examples = [
    '<%= config.bin %> delete job1 3-7',
    '<%= config.bin %> delete --state completed --since 1h',
    `<%= config.bin %> delete --where 'finished > 7d' --dry-run`,
  ];

  static override flags = { ...filterFlags, ...bulkFlags };

  async run() {
    const words = { ask: 'Remove N for good', done: 'removed', grave: true };
    return this.bulk(await this.parse(Delete), { kind: 'delete' }, words);
  }
}
