// queuectl why: why a job does not run, or how it ended.
import { QueuectlCommand, textArg } from '../base-command.js';
import { whyDocument } from '../queue/document.js';
import { why } from '../queue/why.js';
import { whyLines } from '../terminal/why-lines.js';

export default class Why extends QueuectlCommand {
  static override summary = 'say why a job does not run, or how it ended';
  static override examples = ['<%= config.bin %> why job1', '<%= config.bin %> why 42 --json'];
  static override args = { id: textArg({ description: 'id of the job', required: true }) };

  async run() {
    const { args, flags } = await this.parse(Why);
    const answer = await this.withQueue(flags, (queue) => why(queue, args.id));
    this.log(whyLines(answer));
    return whyDocument(answer);
  }
}
