// queuectl dashboard: the queue as a web page, served from here.
import { QueuectlCommand } from '../base-command.js';
import { Flags } from '../oclif.js';
import { openBrowser } from '../process/open-browser.js';
import { untilStopped } from '../process/until-stopped.js';
import { oneLine } from '../terminal/sanitize.js';

export default class Dashboard extends QueuectlCommand {
  static override summary = 'show the queue as a web page';
  static override description =
    `The link that it prints holds a token: whoever has it sees the queue. It only shows, unless --write is given.
It answers this machine alone, until Ctrl-C. QUEUECTL_DASHBOARD_TOKEN sets a token of your own, for scripts and for Prometheus.`;
  static override examples = [
    '<%= config.bin %> dashboard --open',
    '<%= config.bin %> dashboard --write --port 0',
    'ssh -L 7788:127.0.0.1:7788 server <%= config.bin %> dashboard',
  ];

  static override flags = {
    port: Flags.integer({ description: 'listen here; 0 takes a free one', default: 7788, min: 0, max: 65_535 }),
    open: Flags.boolean({ description: 'open it in the browser' }),
    write: Flags.boolean({ description: 'with buttons that change jobs and queues' }),
    'allow-enqueue': Flags.boolean({ description: 'also take new jobs: whoever has the token runs commands here' }),
    host: Flags.string({ description: 'listen on this address', default: '127.0.0.1', helpValue: 'ADDRESS' }),
    'allow-remote': Flags.boolean({ description: 'although other machines can reach that address' }),
    'allow-host': Flags.string({
      description: 'a name besides the address by which browsers may call it',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME',
    }),
  };

  async run() {
    const { flags } = await this.parse(Dashboard);
    const { write = false, host, port, open, 'allow-enqueue': enqueue = false, 'allow-remote': allowRemote } = flags;
    const { serveDashboard } = await import('../web/server.js');
    await this.withQueue(flags, async (queue) => {
      const log = (line: string) => process.stderr.write(`${oneLine(line)}\n`);
      const know = (jobs: readonly { type: string }[]) => this.knowHow(jobs);
      const may = { write, enqueue, allowRemote, allowHosts: flags['allow-host'] ?? [] };
      const dashboard = await serveDashboard(queue, { ...may, host, port, know, log, env: process.env });
      const { url } = dashboard;
      const stopped = untilStopped(); // whoever has read the link may stop it
      if (this.jsonEnabled())
        process.stdout.write(`${JSON.stringify({ url, port: dashboard.port, write, enqueue })}\n`);
      else this.log(url);
      if (open) openBrowser(dashboard.urlOnce());
      await stopped;
      await dashboard.close();
    });
  }
}
