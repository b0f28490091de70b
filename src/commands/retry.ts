// queuectl retry: jobs that failed, were cancelled or have completed run again.
import { BulkCommand, bulkFlags } from '../bulk-command.js';
import { filterFlags, jobArgs } from '../selection.js';

export default class Retry extends BulkCommand {
  static override summary = 'run jobs again: dead, failed, cancelled or completed ones';
  static override description =
    `A dead, failed or cancelled job keeps its id and its policy; its failures are counted from 0 again.
A completed one runs as a new job, whose id is printed and whose parent it is; a filter takes those only with --state completed.`;
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'retry JOB… | --all | --queue NAME …';
  static override examples = [
    '<%= config.bin %> retry @',
    '<%= config.bin %> retry --state dead --cause timeout',
    `<%= config.bin %> retry --where 'finished < 1h and state != completed' --dry-run`,
  ];

  static override flags = { ...filterFlags, ...bulkFlags };

  async run() {
    const words = { ask: 'Run N again', done: 'will run again' };
    return this.bulk(await this.parse(Retry), { kind: 'retry' }, words, {
      after: async (_queue, { copies }) => {
        for (const { id } of copies) this.log(id);
        return {};
      },
    });
  }
}
