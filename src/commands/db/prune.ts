// queuectl db prune: removes what is kept no longer, now.
import { QueuectlCommand } from '../../base-command.js';
import { Flags } from '../../oclif.js';
import { prunable, pruneAll, retentionFor } from '../../queue/prune.js';
import { canAsk, confirm } from '../../terminal/confirm.js';
import { prunedLine } from '../../terminal/housekeeping-notes.js';

export default class DbPrune extends QueuectlCommand {
  static override summary = 'remove the ended jobs and outputs that are kept no longer, now';
  static override description =
    'Workers do so every ten minutes, by the settings keep_completed, keep_dead and keep_outputs. --older-than is another age for jobs that were completed or cancelled; for those in the DLQ only with --state dead.';
  static override examples = [
    '<%= config.bin %> db prune --dry-run',
    '<%= config.bin %> db prune --older-than 7d',
    '<%= config.bin %> db prune --older-than 90d --state dead',
  ];

  static override flags = {
    'older-than': Flags.string({ description: 'jobs that ended so long ago', helpValue: 'DURATION' }),
    state: Flags.string({
      description: 'only jobs in these states: completed, cancelled, dead',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'STATE,…',
    }),
    'dry-run': Flags.boolean({ description: 'say what would go' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  };

  async run() {
    const { flags } = await this.parse(DbPrune);
    return this.withQueue(flags, async (queue) => {
      const retention = retentionFor(await queue.settings(), flags['older-than'], flags.state);
      const dry = flags['dry-run'] === true;
      const asks = !dry && !flags.yes && flags['older-than'] !== undefined && canAsk() && !this.jsonEnabled();
      const planned = dry || asks ? await prunable(queue, retention) : undefined;
      const agreed = !asks || (await confirm(`${prunedLine(planned!, 'to remove')}. Remove them for good?`));
      const pruned = dry ? planned! : agreed ? await pruneAll(queue, retention) : { jobs: 0, outputs: 0 };
      if (!this.jsonEnabled()) this.logToStderr(prunedLine(pruned, dry ? 'would be removed' : 'removed'));
      return { ...pruned, dry_run: dry };
    });
  }
}
