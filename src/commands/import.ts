// queuectl import: takes over what export wrote.
import { QueuectlCommand, textArg } from '../base-command.js';
import { BadInput } from '../errors.js';
import { Flags } from '../oclif.js';
import { showProgress } from '../progress.js';
import { type Imported, importLines } from '../queue/import.js';
import { readLines, withStdinFile } from '../read-lines.js';
import { counted, importNotes } from '../terminal/moved-notes.js';

export default class Import extends QueuectlCommand {
  static override summary = 'take over the jobs, outputs and settings of an export';
  static override description =
    'Nothing is stored unless all of the export fits. An import that was interrupted goes on when it is given the same export again.';
  static override usage = 'import FILE | -';
  static override examples = [
    '<%= config.bin %> import queue.ndjson --db postgres://me@server/jobs',
    '<%= config.bin %> export --with-secrets | <%= config.bin %> import - --db ./other.db',
    '<%= config.bin %> import --append queue.ndjson',
  ];

  static override args = { file: textArg({ description: 'what export wrote; - reads it from standard input' }) };

  static override flags = {
    append: Flags.boolean({ description: 'also into a queue that has jobs' }),
  };

  async run() {
    const { args, flags } = await this.parse(Import);
    const { append } = flags;
    if (args.file === undefined) throw new BadInput('which export?', ['give its file, or - for standard input']);
    return this.withQueue(flags, async (queue) => {
      let told: Imported | undefined;
      const take = (file: string) => async (say: (title: string) => void) => {
        const onProgress = (done: number, of: number) => say(`importing: ${done} of ${counted(of)}`);
        told = await importLines(queue, () => readLines(file), { append, onProgress });
        return `${counted(told.jobs)} imported`;
      };
      const show = (file: string) =>
        showProgress([{ title: 'looking through the export', work: take(file) }], { silent: this.jsonEnabled() });
      if (args.file === '-') await withStdinFile(show);
      else await show(args.file!);
      if (!this.jsonEnabled()) for (const note of importNotes(told!)) this.logToStderr(note);
      return told;
    });
  }
}
