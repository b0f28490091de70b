// queuectl db init: creates the queue. It is never required, since every command does.
import { existsSync } from 'node:fs';
import { QueuectlCommand } from '../../base-command.js';
import { locateDatabase } from '../../storage/database.js';

export default class DbInit extends QueuectlCommand {
  static override summary = 'create the queue, and print where it is';
  static override description = 'Never required: any command creates a queue that is not there.';
  static override aliases = ['initdb'];
  static override examples = ['<%= config.bin %> db init', '<%= config.bin %> db init --db ./jobs.db'];

  async run() {
    const { flags } = await this.parse(DbInit);
    const created = !existsSync(locateDatabase(flags.db, process.env));
    const location = await this.withQueue(flags, async (queue) => queue.database.location);
    if (!created && !this.jsonEnabled()) this.logToStderr('the queue is there already');
    this.log(location);
    return { location, created };
  }
}
