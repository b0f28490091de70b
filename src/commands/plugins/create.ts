// queuectl plugins create: the beginnings of a plugin with a job type, ready to be tested, linked and run.
import { relative } from 'node:path';
import { QueuectlCommand, textArg } from '../../base-command.js';
import { quoteWord } from '../../job-types/shell.js';
import { Flags } from '../../oclif.js';
import { createPlugin } from '../../plugins/create.js';

export default class PluginsCreate extends QueuectlCommand {
  static override summary = 'write a new plugin with a job type, and a test that passes';
  static override examples = [
    '<%= config.bin %> plugins create mail',
    '<%= config.bin %> plugins create @acme/queuectl-plugin-mail --dir plugins/mail',
  ];

  static override args = {
    name: textArg({ description: 'its name; queuectl-plugin- is put before it', required: true }),
  };

  static override flags = {
    dir: Flags.string({ description: 'where to write it, instead of a folder of its name', helpValue: 'FOLDER' }),
  };

  async run() {
    const { args, flags } = await this.parse(PluginsCreate);
    const made = createPlugin(args.name, flags.dir);
    this.log(made.folder);
    if (!this.jsonEnabled()) this.logToStderr(nextSteps(made));
    return made;
  }
}

function nextSteps({ folder, type }: { folder: string; type: string }): string {
  const steps = [
    `cd ${quoteWord(relative(process.cwd(), folder) || '.')}`,
    'npm test',
    'queuectl plugins link --no-install .',
    `queuectl enqueue --type ${type} -p name=Ada`,
    'queuectl worker start',
  ];
  return ['next:', ...steps.map((step) => `  ${step}`)].join('\n');
}
