// queuectl db salvage: what can be read of a damaged queue, in a new file.
import { QueuectlCommand, textArg } from '../../base-command.js';
import { BadInput } from '../../errors.js';
import { salvageQueue } from '../../examine-queue.js';
import { showProgress } from '../../progress.js';
import { salvageDocument } from '../../queue/salvage-document.js';
import { salvageNotes } from '../../terminal/housekeeping-notes.js';
import { counted } from '../../terminal/moved-notes.js';

export default class DbSalvage extends QueuectlCommand {
  static override summary = 'save what can be read of a damaged queue into a new file';
  static override description =
    'The damaged file is read and never changed. Stop the workers first. Jobs of which something is in doubt are held: look at them before you release them.';
  static override examples = ['<%= config.bin %> db salvage --db queue.db saved.db'];

  static override args = { file: textArg({ description: 'the new file, for you alone (0600)' }) };

  async run() {
    const { args, flags } = await this.parse(DbSalvage);
    const { file } = args;
    if (file === undefined) throw new BadInput('where to?', ['queuectl db salvage NEW_FILE']);
    let told: Awaited<ReturnType<typeof salvageQueue>> | undefined;
    const work = async (say: (title: string) => void) => {
      const onProgress = (page: number, of: number) => say(`reading: ${page} of ${of} pages`);
      told = await salvageQueue(flags.db, process.env, file, onProgress);
      return `${counted(told.rows.jobs ?? 0)} saved`;
    };
    await showProgress([{ title: 'reading', work }], { silent: this.jsonEnabled() });
    if (!this.jsonEnabled()) for (const note of salvageNotes(told!, file)) this.logToStderr(note);
    return salvageDocument(told!, file);
  }
}
