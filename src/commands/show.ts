// queuectl show: all that is known of one job.
import { QueuectlCommand, textArg } from '../base-command.js';
import { detailsDocument } from '../queue/document.js';
import { jobDetails } from '../terminal/job-details.js';
import { screenOf } from '../terminal/screen.js';

export default class Show extends QueuectlCommand {
  static override summary = 'show a job and its timeline';
  static override examples = ['<%= config.bin %> show job1', '<%= config.bin %> show 42 --json'];
  static override args = { id: textArg({ description: 'id of the job', required: true }) };

  async run() {
    const { args, flags } = await this.parse(Show);
    const details = await this.withQueue(flags, (queue) => queue.details(args.id));
    await this.knowHow([details.job]);
    this.log(jobDetails(details, screenOf(process.stdout, process.env)));
    return detailsDocument(details);
  }
}
