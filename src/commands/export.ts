// queuectl export: the queue as lines of JSON, for import to make another one of.
import { QueuectlCommand } from '../base-command.js';
import { readStates } from '../job/states.js';
import { Flags } from '../oclif.js';
import { showProgress } from '../progress.js';
import { type Exported, exportLines } from '../queue/export.js';
import { counted, exportNotes } from '../terminal/moved-notes.js';
import { writeLines, writeLinesTo } from '../write-lines.js';

export default class Export extends QueuectlCommand {
  static override summary = 'write jobs, attempts, outputs and settings as JSON, a line each, for import';
  static override description =
    'Stop the workers first: what changes meanwhile is told as it is when it is read. Values of passwords, tokens and keys are masked unless --with-secrets is given; such jobs cannot be imported.';
  static override examples = [
    '<%= config.bin %> export --with-secrets --output queue.ndjson',
    '<%= config.bin %> export --with-secrets | <%= config.bin %> import - --db postgres://me@server/jobs',
    `<%= config.bin %> export --state dead | jq -r 'select(.job) | .job.payload.command'`,
  ];

  static override flags = {
    output: Flags.string({ char: 'o', description: 'into this file, for you alone (0600)', helpValue: 'FILE' }),
    force: Flags.boolean({ description: 'replace the file', dependsOn: ['output'] }),
    'with-secrets': Flags.boolean({ description: 'passwords, tokens and keys as they are' }),
    state: Flags.string({
      description: 'only jobs in these states',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'STATE,…',
    }),
    queue: Flags.string({ description: 'only this queue' }),
  };

  async run() {
    const { flags } = await this.parse(Export);
    const { output, queue: name } = flags;
    const options = { states: flags.state && readStates(flags.state), queue: name, withSecrets: flags['with-secrets'] };
    const told: Exported = { jobs: 0, masked: 0, running: 0, long: 0 };
    await this.withQueue(flags, async (queue) => {
      const work = async (say: (title: string) => void) => {
        const lines = exportLines(queue, options, told, () => say(`exporting: ${counted(told.jobs)}`));
        if (output === undefined) await writeLines(lines, process.stdout);
        else await writeLinesTo(output, lines, flags.force);
        return `${counted(told.jobs)} exported`;
      };
      const silent = this.jsonEnabled() || (output === undefined && process.stdout.isTTY);
      await showProgress([{ title: 'exporting', work }], { silent });
      for (const note of exportNotes(told, queue.files.outputs)) this.logToStderr(note);
    });
    return output === undefined ? undefined : { output, ...told };
  }
}
