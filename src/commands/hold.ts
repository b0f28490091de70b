// queuectl hold: waiting jobs are kept back.
import { BulkCommand, bulkFlags } from '../bulk-command.js';
import { filterFlags, jobArgs } from '../selection.js';

export default class Hold extends BulkCommand {
  static override summary = 'keep waiting jobs from running until they are released';
  static override description =
    'Their time and their failures are kept; a job that waits for its next try is tried at once when it is released.';
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'hold JOB… | --all | --queue NAME …';
  static override examples = ['<%= config.bin %> hold job1 job2', '<%= config.bin %> hold --queue images --dry-run'];

  static override flags = { ...filterFlags, ...bulkFlags };

  async run() {
    return this.bulk(await this.parse(Hold), { kind: 'hold' }, { ask: 'Hold N', done: 'held' });
  }
}
