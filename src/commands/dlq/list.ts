// queuectl dlq list: the jobs that failed for good.
import { QueuectlCommand } from '../../base-command.js';
import { Flags } from '../../oclif.js';
import { causesDocument, jobDocument } from '../../queue/document.js';
import { readFilter } from '../../queue/filter.js';
import { filterFlags, jobArgs, readWords } from '../../selection.js';
import { causeTable } from '../../terminal/cause-table.js';
import { formatJobs } from '../../terminal/job-list.js';
import { screenOf } from '../../terminal/screen.js';

const { state: _, ...filters } = filterFlags;
/** `--by cause` counts all of a queue. */
const OTHERS = ['type', 'cause', 'since', 'where'];

export default class DlqList extends QueuectlCommand {
  static override summary = 'list the dead letter queue';
  static override examples = [
    '<%= config.bin %> dlq list',
    '<%= config.bin %> dlq list --by cause',
    '<%= config.bin %> dlq list --cause timeout --ids | xargs <%= config.bin %> dlq retry',
  ];

  static override strict = false;
  static override usage = 'dlq list [JOB…] [--by cause]';
  static override args = jobArgs;
  static override flags = {
    ...filters,
    by: Flags.option({
      description: 'only count them, by their causes',
      options: ['cause'] as const,
      exclusive: OTHERS,
    })(),
    limit: Flags.integer({ description: 'at most so many', default: 100, min: 1, max: 1e9, helpValue: 'N' }),
    ids: Flags.boolean({ description: 'print only ids, one a line', exclusive: ['json', 'by'] }),
  };

  async run() {
    const { argv, flags } = await this.parse(DlqList);
    const { limit, ids, by } = flags;
    if (by) return this.#causes(flags);
    const filter = { ...readFilter(flags), states: ['dead'] as const };
    const words = await readWords(argv as string[]);
    const found = await this.withQueue(flags, async (queue) => {
      const numbers = argv.length > 0 ? (await queue.select(words)).named! : undefined;
      return queue.list({ ...filter, numbers }, { limit: limit + 1 });
    });
    const jobs = found.slice(0, limit);
    await this.knowHow(jobs);
    this.log(formatJobs(jobs, { ids }));
    if (found.length > limit && !this.jsonEnabled()) this.logToStderr(`the first ${limit} jobs; --limit N shows more`);
    return { jobs: jobs.map(jobDocument), more: found.length > limit };
  }

  async #causes(flags: { db?: string; queue?: string }) {
    const causes = await this.withQueue(flags, (queue) => queue.deadByCause(flags.queue));
    this.log(causeTable(causes, screenOf(process.stdout, process.env)));
    return causesDocument(causes);
  }
}
