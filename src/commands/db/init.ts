// queuectl db init: creates the queue. With a file it is never required, since every command does.
import { QueuectlCommand } from '../../base-command.js';
import { prepareQueue } from '../../open-queue.js';

export default class DbInit extends QueuectlCommand {
  static override summary = 'create the queue, and print where it is';
  static override description =
    'Required once on PostgreSQL, where it makes a schema of tables. A file is created by any command that finds none.';
  static override aliases = ['initdb'];
  static override examples = [
    '<%= config.bin %> db init',
    '<%= config.bin %> db init --db ./jobs.db',
    '<%= config.bin %> db init --db postgres://me@server/jobs',
  ];

  async run() {
    const { flags } = await this.parse(DbInit);
    const { location, created } = await prepareQueue(flags.db, process.env);
    if (!created && !this.jsonEnabled()) this.logToStderr('the queue is there already');
    this.log(location);
    return { location, created };
  }
}
