// queuectl dlq purge: removes dead jobs for good.
import { Flags } from '@oclif/core';
import { QueuectlCommand, textArg } from '../../base-command.js';
import { BadInput } from '../../errors.js';
import { checkSelection } from '../../selection.js';
import { canAsk, confirm } from '../../terminal/confirm.js';

export default class DlqPurge extends QueuectlCommand {
  static override summary = 'remove jobs of the dead letter queue and their output for good';
  static override strict = false;
  static override usage = 'dlq purge ID… | --all';
  static override examples = ['<%= config.bin %> dlq purge job1', '<%= config.bin %> dlq purge --all --yes'];
  static override args = { id: textArg({ description: 'ids of the jobs' }) };

  static override flags = {
    all: Flags.boolean({ description: 'every dead job' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  };

  async run() {
    const { argv, flags } = await this.parse(DlqPurge);
    const ids = [...new Set(argv as string[])];
    checkSelection({ 'an id': ids.length > 0, '--all': flags.all });
    const purged = await this.withQueue(flags, async (queue) => {
      const { dead } = (await queue.overview()).counts;
      if (!flags.yes && !(await this.#agreed(flags.all ? dead : ids.length, flags.all))) return 0;
      if (flags.all) return queue.eachBatch({ states: ['dead'] }, (batch) => queue.purgeDead(batch));
      return (await queue.purgeDead(ids)).length;
    });
    if (!this.jsonEnabled()) this.logToStderr(purged === 1 ? '1 job removed' : `${purged} jobs removed`);
    return { purged };
  }

  /** Without a terminal, ids that were written out are agreement enough. */
  async #agreed(count: number, all: boolean): Promise<boolean> {
    if (canAsk() && !this.jsonEnabled()) return confirm(`Remove ${count === 1 ? '1 job' : `${count} jobs`} for good?`);
    if (all)
      throw new BadInput('dlq purge --all removes every dead job for good', ['add --yes to say that you mean it']);
    return true;
  }
}
