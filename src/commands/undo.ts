// queuectl undo: takes back the last change of jobs.
import { QueuectlCommand, textArg } from '../base-command.js';
import { BadInput, Conflict } from '../errors.js';
import { undoDocument } from '../queue/document.js';
import { undoLine } from '../terminal/undo-line.js';

export default class Undo extends QueuectlCommand {
  static override summary = 'take back your last cancel, retry, hold, release or update';
  static override description = `Jobs that have run or were changed since are left as they are, and counted.
What was deleted cannot be brought back, and a running job that was cancelled has ended.`;
  static override examples = ['<%= config.bin %> undo', '<%= config.bin %> undo 17'];
  static override args = { change: textArg({ description: 'number of the change, as --json tells it' }) };

  async run() {
    const { args, flags } = await this.parse(Undo);
    if (args.change !== undefined && !/^\d{1,15}$/.test(args.change)) {
      throw new BadInput(`not the number of a change: ${JSON.stringify(args.change.slice(0, 80))}`);
    }
    const number = args.change === undefined ? undefined : Number(args.change);
    const done = await this.withQueue(flags, (queue) => queue.undo(number));
    if (!done) {
      const which = args.change === undefined ? 'there is nothing to undo' : `no such change: ${args.change}`;
      throw new Conflict(which, ['cancel, retry, hold, release and update can be undone']);
    }
    if (done.ids.length === 0) throw new Conflict(`nothing was undone: ${undoLine(done)}`);
    if (!this.jsonEnabled()) this.logToStderr(undoLine(done));
    return undoDocument(done);
  }
}
