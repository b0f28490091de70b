// queuectl dlq show: all that is known of one job of the DLQ.
import { QueuectlCommand, textArg } from '../../base-command.js';
import { Conflict } from '../../errors.js';
import { detailsDocument } from '../../queue/document.js';
import { jobDetails } from '../../terminal/job-details.js';
import { screenOf } from '../../terminal/screen.js';

export default class DlqShow extends QueuectlCommand {
  static override summary = 'show a job of the dead letter queue and its timeline';
  static override examples = ['<%= config.bin %> dlq show job1'];
  static override args = { id: textArg({ description: 'id of the job', required: true }) };

  async run() {
    const { args, flags } = await this.parse(DlqShow);
    const details = await this.withQueue(flags, (queue) => queue.details(args.id));
    await this.knowHow([details.job]);
    const { id, state } = details.job;
    if (state !== 'dead') throw new Conflict(`job ${id} is ${state}, not dead`, [`queuectl show ${id}`]);
    this.log(jobDetails(details, screenOf(process.stdout, process.env)));
    return detailsDocument(details);
  }
}
