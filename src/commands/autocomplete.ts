// queuectl autocomplete: prints the script that makes a shell complete commands, flags, and what the queue knows.
import { QueuectlCommand, textArg } from '../base-command.js';
import { INSTALL, SCRIPTS, SHELLS, type Shell } from '../completion/scripts.js';
import { BadInput } from '../errors.js';

export default class Autocomplete extends QueuectlCommand {
  static override summary = 'print the script by which a shell completes commands, flags, ids, queues and more';
  static override description = `Write it to where your shell looks for such scripts:

${SHELLS.map((shell) => `  ${INSTALL[shell]}`).join('\n')}

or, for this session alone, in bash and zsh: source <(queuectl autocomplete bash)`;
  static override usage = `autocomplete ${SHELLS.join('|')}`;
  static override examples = SHELLS.map((shell) => INSTALL[shell].replace('queuectl', '<%= config.bin %>'));
  static override enableJsonFlag = false;
  static override args = {
    shell: textArg({ description: 'which shell', options: [...SHELLS], required: true }),
  };

  async run() {
    const { args } = await this.parse(Autocomplete);
    const shell = SHELLS.find((one): one is Shell => one === args.shell);
    if (!shell) throw new BadInput(`no such shell: ${args.shell}`, [`there are ${SHELLS.join(', ')}`]);
    process.stdout.write(SCRIPTS[shell]);
  }
}
