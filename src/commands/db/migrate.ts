// queuectl db migrate: brings the tables of a queue on PostgreSQL up to date after an upgrade.
import { QueuectlCommand } from '../../base-command.js';
import { prepareQueue } from '../../open-queue.js';

export default class DbMigrate extends QueuectlCommand {
  static override summary = 'bring the tables up to date after an upgrade';
  static override description =
    'Required on PostgreSQL only, where nobody but "db init" and this command changes tables. A file is brought up to date by the first program that opens it.';
  static override examples = ['<%= config.bin %> db migrate --db postgres://me@server/jobs'];

  async run() {
    const { flags } = await this.parse(DbMigrate);
    const { location, created, migrated } = await prepareQueue(flags.db, process.env);
    const done = created ? 'the queue was created' : migrated ? 'the tables are up to date now' : 'nothing to do';
    if (!this.jsonEnabled()) this.logToStderr(done);
    this.log(location);
    return { location, created, migrated };
  }
}
