// queuectl db backup: copies the queue while it is in use.
import { QueuectlCommand, textArg } from '../../base-command.js';
import { BadInput } from '../../errors.js';
import { Flags } from '../../oclif.js';
import { showProgress } from '../../progress.js';
import { type BackedUp, backup } from '../../queue/backup.js';
import { backupNotes } from '../../terminal/housekeeping-notes.js';
import { counted } from '../../terminal/moved-notes.js';

export default class DbBackup extends QueuectlCommand {
  static override summary = 'copy the queue into a file, also while workers use it';
  static override description =
    'The copy is of one moment, and a queue of its own: jobs that ran at that moment run again in it. For a queue in a file; on PostgreSQL use pg_dump.';
  static override examples = [
    '<%= config.bin %> db backup jobs-monday.db',
    '<%= config.bin %> db backup --force /backups/jobs.db',
  ];

  static override args = { file: textArg({ description: 'the new file, for you alone (0600)' }) };

  static override flags = { force: Flags.boolean({ description: 'replace the file' }) };

  async run() {
    const { args, flags } = await this.parse(DbBackup);
    const { file } = args;
    if (file === undefined) throw new BadInput('where to?', ['queuectl db backup FILE']);
    return this.withQueue(flags, async (queue) => {
      let told: BackedUp | undefined;
      const work = async (say: (title: string) => void) => {
        const onProgress = (done: number, of: number) => say(`copying: ${done} of ${of} pages`);
        told = await backup(queue, file, flags.force, onProgress);
        return `${counted(told.jobs)} copied`;
      };
      await showProgress([{ title: 'copying', work }], { silent: this.jsonEnabled() });
      const { jobs, running, outputsBeside: outputs_beside } = told!;
      if (!this.jsonEnabled()) for (const note of backupNotes(told!, queue.files.outputs)) this.logToStderr(note);
      return { file, jobs, running, outputs_beside };
    });
  }
}
