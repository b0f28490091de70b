// queuectl undo: takes back the last change of jobs.
import { Args } from '@oclif/core';
import { QueuectlCommand } from '../base-command.js';
import { Conflict } from '../errors.js';
import { undoDocument } from '../queue/document.js';
import { undoLine } from '../terminal/undo-line.js';

export default class Undo extends QueuectlCommand {
  static override summary = 'take back your last cancel, retry, hold, release or update';
  static override description = `Jobs that have run or were changed since are left as they are, and counted.
What was deleted cannot be brought back, and a running job that was cancelled has ended.`;
  static override examples = ['<%= config.bin %> undo', '<%= config.bin %> undo 17'];
  static override args = {
    change: Args.integer({ description: 'number of the change, as --json tells it', ignoreStdin: true, min: 1 }),
  };

  async run() {
    const { args, flags } = await this.parse(Undo);
    const done = await this.withQueue(flags, (queue) => queue.undo(args.change));
    if (!done) {
      const which = args.change === undefined ? 'there is nothing to undo' : `no such change: ${args.change}`;
      throw new Conflict(which, ['cancel, retry, hold, release and update can be undone']);
    }
    if (done.ids.length === 0) throw new Conflict(`nothing was undone: ${undoLine(done)}`);
    if (!this.jsonEnabled()) this.logToStderr(undoLine(done));
    return undoDocument(done);
  }
}
