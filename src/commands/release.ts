// queuectl release: held jobs may run again.
import { BulkCommand, bulkFlags } from '../bulk-command.js';
import { filterFlags, jobArgs } from '../selection.js';

export default class Release extends BulkCommand {
  static override summary = 'let held jobs run';
  static override description = 'They run at the time that they were enqueued for, or at once when it has passed.';
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'release JOB… | --all | --queue NAME …';
  static override examples = [
    '<%= config.bin %> release job1 job2',
    '<%= config.bin %> release --queue images --dry-run',
  ];

  static override flags = { ...filterFlags, ...bulkFlags };

  async run() {
    return this.bulk(await this.parse(Release), { kind: 'release' }, { ask: 'Release N', done: 'released' });
  }
}
