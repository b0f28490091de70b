// queuectl list: jobs by id, state, queue, type and whatever else is known of them.
import { QueuectlCommand } from '../base-command.js';
import { Flags } from '../oclif.js';
import { jobDocument } from '../queue/document.js';
import { readFilter } from '../queue/filter.js';
import { filterFlags, jobArgs, readWords } from '../selection.js';
import { SORTS } from '../storage/jobs.js';
import { formatJobs } from '../terminal/job-list.js';
import { JOB_COLUMNS, readColumns } from '../terminal/job-table.js';

export default class List extends QueuectlCommand {
  static override summary = 'list jobs';
  static override description = `Columns: ${JOB_COLUMNS.join(', ')}.`;
  static override examples = [
    '<%= config.bin %> list --state pending',
    '<%= config.bin %> list --state failed,dead --since 2h --columns id,reason,command',
    `<%= config.bin %> list --where 'priority > 5 and created < 1h'`,
    '<%= config.bin %> list --sort finished_at --reverse --limit 10',
    '<%= config.bin %> list --state dead --ids | xargs <%= config.bin %> dlq retry',
  ];

  static override strict = false;
  static override usage = 'list [JOB…] [--state STATE …]';
  static override args = jobArgs;
  static override flags = {
    ...filterFlags,
    sort: Flags.option({ description: 'in this order', options: SORTS, default: 'number' as const })(),
    reverse: Flags.boolean({ description: 'the last ones first' }),
    limit: Flags.integer({ description: 'at most so many', default: 100, min: 1, max: 1e9, helpValue: 'N' }),
    columns: Flags.string({ description: 'show these columns', helpValue: 'NAME,…' }),
    csv: Flags.boolean({ description: 'print CSV', exclusive: ['json', 'ids'] }),
    ids: Flags.boolean({ description: 'print only ids, one a line', exclusive: ['json', 'columns'] }),
  };

  async run() {
    const { argv, flags } = await this.parse(List);
    const filter = readFilter(flags);
    const columns = flags.columns === undefined ? undefined : readColumns(flags.columns);
    const { sort, reverse: descending, limit, csv, ids } = flags;
    const words = await readWords(argv as string[]);
    const found = await this.withQueue(flags, async (queue) => {
      const { named } = argv.length > 0 ? await queue.select(words) : { named: undefined };
      return queue.list({ ...filter, numbers: named ?? undefined }, { sort, descending, limit: limit + 1 });
    });
    const jobs = found.slice(0, limit);
    await this.knowHow(jobs);
    this.log(formatJobs(jobs, { columns, csv, ids }));
    if (found.length > limit && !this.jsonEnabled()) this.logToStderr(`the first ${limit} jobs; --limit N shows more`);
    return { jobs: jobs.map(jobDocument), more: found.length > limit };
  }
}
