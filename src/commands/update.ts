// queuectl update: changes jobs that wait.
import { BulkCommand, bulkFlags } from '../bulk-command.js';
import { readUpdateFlags, updateFlags } from '../job-update.js';
import { filterFlags, jobArgs } from '../selection.js';

const { queue: _, ...filters } = filterFlags;

export default class Update extends BulkCommand {
  static override summary = 'change jobs that wait: their queue, priority, time and policy';
  static override description = `The word default instead of a policy lets the job follow the settings again.
--queue is the queue to put them into; to choose jobs by their queue there is --where 'queue = NAME'.`;
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'update JOB… | --all | --where CONDITION …';
  static override examples = [
    '<%= config.bin %> update job1 --priority 10',
    '<%= config.bin %> update @ --delay 0',
    '<%= config.bin %> update 3-7 --queue nightly --run-at 2026-12-01T02:00:00Z',
    `<%= config.bin %> update --where 'queue = images and state = failed' --max-retries 10 --timeout default`,
  ];

  static override flags = { ...updateFlags, ...filters, ...bulkFlags };

  async run() {
    const { argv, flags } = await this.parse(Update);
    const to = readUpdateFlags(flags);
    const chosen = { ...flags, queue: undefined };
    return this.bulk({ argv, flags: chosen }, { kind: 'update', to }, { ask: 'Update N', done: 'updated' });
  }
}
