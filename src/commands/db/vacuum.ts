// queuectl db vacuum: gives the room of removed jobs back to the disk.
import { QueuectlCommand } from '../../base-command.js';
import { Flags } from '../../oclif.js';
import { vacuumQueue } from '../../queue/vacuum.js';
import { bytes } from '../../terminal/bytes.js';

export default class DbVacuum extends QueuectlCommand {
  static override summary = 'give the room of removed jobs back to the disk';
  static override description =
    'Nobody can write meanwhile, so it refuses while workers run. Needs as much free room as the jobs take. For a queue in a file; PostgreSQL does it by itself.';
  static override examples = ['<%= config.bin %> db vacuum'];

  static override flags = { force: Flags.boolean({ description: 'also while workers run, which then wait' }) };

  async run() {
    const { flags } = await this.parse(DbVacuum);
    const { before, after } = await this.withQueue(flags, (queue) => vacuumQueue(queue, flags.force));
    const freed = Math.max(0, before - after);
    if (!this.jsonEnabled()) this.logToStderr(`${bytes(freed)} given back; the file has ${bytes(after)} now`);
    return { before_bytes: before, after_bytes: after, freed_bytes: freed };
  }
}
