// queuectl db check: whether the database is whole.
import { QueuectlCommand } from '../../base-command.js';
import { ExitCode } from '../../errors.js';
import { checkQueue } from '../../examine-queue.js';
import { Flags } from '../../oclif.js';
import { hasProblem } from '../../queue/finding.js';
import { findingLines } from '../../terminal/finding-lines.js';
import { screenOf } from '../../terminal/screen.js';

export default class DbCheck extends QueuectlCommand {
  static override summary = 'look whether the database is whole, and its rows agree with each other';
  static override description =
    'Exit code 74: the file is damaged. 1: rows do not agree. Nothing is changed, unless --repair counts the counters anew.';
  static override examples = ['<%= config.bin %> db check', '<%= config.bin %> db check --quick --db queue.db'];

  static override flags = {
    quick: Flags.boolean({ description: 'leave out whether indexes agree with their tables' }),
    repair: Flags.boolean({ description: 'count anew what is only derived from the jobs' }),
  };

  async run() {
    const { flags } = await this.parse(DbCheck);
    const { location, damaged, findings } = await checkQueue(flags.db, process.env, flags);
    this.log(findingLines(findings, screenOf(process.stdout, process.env)));
    if (damaged) this.logToStderr(`queuectl: the database ${location} is damaged`);
    process.exitCode = damaged ? ExitCode.io : hasProblem(findings) ? ExitCode.failure : ExitCode.done;
    return { location, damaged, ok: !hasProblem(findings), findings };
  }
}
