// queuectl metrics: figures of the queue and of each worker.
import { QueuectlCommand } from '../base-command.js';
import { Flags } from '../oclif.js';
import { metricsDocument } from '../queue/document.js';
import type { Queue } from '../queue/queue.js';
import { metricsView } from '../terminal/metrics-view.js';
import { screenOf } from '../terminal/screen.js';

const APART_MS = 1000;

export default class Metrics extends QueuectlCommand {
  static override summary = 'show counts, durations and throughput, and what each worker does';
  static override description =
    `Durations are of attempts that succeeded in the last hour. The CPU figure is the share of one processor over the life of a worker.
With --watch they are shown again every second, until Ctrl-C; with --json each time as a line.`;
  static override examples = [
    '<%= config.bin %> metrics',
    '<%= config.bin %> metrics --json',
    '<%= config.bin %> metrics --watch',
    '<%= config.bin %> metrics --prometheus',
  ];

  static override flags = {
    prometheus: Flags.boolean({ description: 'print them as Prometheus reads them', exclusive: ['json', 'watch'] }),
    watch: Flags.boolean({ char: 'w', description: 'go on, once a second' }),
  };

  async run() {
    const { flags } = await this.parse(Metrics);
    return this.withQueue(flags, async (queue) => {
      if (flags.prometheus) return this.#prometheus(queue);
      if (flags.watch) return this.#watch(queue);
      const metrics = await queue.metrics();
      this.log(metricsView(metrics, screenOf(process.stdout, process.env)));
      return metricsDocument(metrics);
    });
  }

  async #prometheus(queue: Queue): Promise<undefined> {
    const { prometheusText } = await import('../queue/prometheus.js');
    const { Totals } = await import('../queue/totals.js');
    process.stdout.write(await prometheusText(queue, new Totals(queue)));
  }

  /** Until the process is ended: what it reads needs no tidying up. */
  async #watch(queue: Queue): Promise<never> {
    const anew = process.stdout.isTTY && process.env.TERM !== 'dumb' ? '\x1b[H\x1b[2J' : '';
    for (;;) {
      const metrics = await queue.metrics();
      const text = this.jsonEnabled()
        ? JSON.stringify(metricsDocument(metrics))
        : `${anew}${metricsView(metrics, screenOf(process.stdout, process.env))}`;
      process.stdout.write(`${text}\n`);
      await new Promise((resolve) => setTimeout(resolve, APART_MS));
    }
  }
}
