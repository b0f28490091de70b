// queuectl step: inside a job, does a part of it once, however often the job is tried again.
import { QueuectlCommand, textArg } from '../base-command.js';
import { BadInput } from '../errors.js';
import { ownAttempt, runStep } from '../step.js';

export default class Step extends QueuectlCommand {
  static override summary = 'inside a job: run a command once, and replay its output in later attempts';
  static override description =
    'Only what succeeded is kept, with up to 1 MB of what it wrote to standard output. It exits as the command did.';
  static override usage = 'step NAME -- CMD ARGS…';
  static override examples = [
    '<%= config.bin %> step fetch -- curl -fsSO https://example.org/data.csv',
    'token=$(<%= config.bin %> step token -- ./new-token.sh)',
  ];

  static override enableJsonFlag = false;
  static override args = { name: textArg({ description: 'what to call the step', required: true }) };

  async run() {
    const { args, flags } = await this.parse(Step);
    if (!this.rest?.length) {
      throw new BadInput('there is no command after --', [`queuectl step ${args.name} -- make test`]);
    }
    const own = ownAttempt(process.env);
    const argv = this.rest;
    process.exitCode = await this.withQueue(flags, (queue) => runStep(queue, own, args.name, argv));
  }
}
