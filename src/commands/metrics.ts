// queuectl metrics: figures of the queue and of each worker.
import { QueuectlCommand } from '../base-command.js';
import { metricsDocument } from '../queue/document.js';
import { metricsView } from '../terminal/metrics-view.js';
import { screenOf } from '../terminal/screen.js';

export default class Metrics extends QueuectlCommand {
  static override summary = 'show counts, durations and throughput, and what each worker does';
  static override description =
    'Durations are of attempts that succeeded in the last hour. The CPU figure is the share of one processor over the life of a worker.';
  static override examples = ['<%= config.bin %> metrics', '<%= config.bin %> metrics --json'];

  async run() {
    const { flags } = await this.parse(Metrics);
    const metrics = await this.withQueue(flags, (queue) => queue.metrics());
    this.log(metricsView(metrics, screenOf(process.stdout, process.env)));
    return metricsDocument(metrics);
  }
}
