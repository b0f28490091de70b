// queuectl cancel: a waiting job never runs, a running one is ended with all that it started.
import { BulkCommand, bulkFlags } from '../bulk-command.js';
import { followCancels } from '../follow-cancels.js';
import { readSignal } from '../job/signal.js';
import { Flags } from '../oclif.js';
import type { Selection } from '../queue/select.js';
import { filterFlags, jobArgs } from '../selection.js';

export default class Cancel extends BulkCommand {
  static override summary = 'cancel jobs: those that wait, and those that run';
  static override description = `A running job and all that it started get TERM and, after kill_grace_sec, KILL.
The command waits until it has ended. A cancelled job is not retried.`;
  static override strict = false;
  static override args = jobArgs;
  static override usage = 'cancel JOB… | --all | --queue NAME …';
  static override examples = [
    '<%= config.bin %> cancel job1 job2',
    '<%= config.bin %> cancel job1 --signal INT',
    '<%= config.bin %> cancel --queue images --state pending --dry-run',
    `<%= config.bin %> cancel --where 'created > 2d and command ~ convert'`,
  ];

  static override flags = {
    ...filterFlags,
    ...bulkFlags,
    signal: Flags.string({ description: 'the first signal for a running job [default: TERM]', helpValue: 'NAME' }),
    wait: Flags.boolean({ default: true, allowNo: true, description: 'wait until running jobs have ended' }),
  };

  async run() {
    const typed = await this.parse(Cancel);
    const { signal: name, wait } = typed.flags;
    const signal = name === undefined ? null : readSignal(name, '--signal');
    const words = { ask: 'Cancel N', done: 'cancelled' };
    return this.bulk(typed, { kind: 'cancel', signal }, words, {
      after: (queue, done, { named }) =>
        followCancels(queue, done, { wait, named: named !== null, silent: this.jsonEnabled() }),
    });
  }

  /** Each has a line of its own. */
  protected override quiet({ named }: Selection): boolean {
    return named !== null;
  }
}
