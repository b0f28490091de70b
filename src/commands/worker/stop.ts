// queuectl worker stop
import { QueuectlCommand, textArg } from '../../base-command.js';
import { parseDuration } from '../../job/units.js';
import { Flags } from '../../oclif.js';
import { showProgress } from '../../progress.js';
import type { WorkerInfo } from '../../storage/workers.js';
import { planStop, type StopScope, stopSteps } from '../../worker/stop-plan.js';

export default class WorkerStop extends QueuectlCommand {
  static override summary = 'stop the workers of this host, or those that you name';
  static override description =
    `They take no new jobs and end when their running jobs have ended. With --timeout, jobs that still run
then are ended and given back to their queue, without spending a retry; --now does so at once.
Nobody replaces them: the pools stay stopped, or are smaller by those that you named.
Workers of other hosts are reached through the queue, with --host or --all-hosts.`;
  static override examples = [
    '<%= config.bin %> worker stop',
    '<%= config.bin %> worker stop worker-3',
    '<%= config.bin %> worker stop --timeout 30s',
    '<%= config.bin %> worker stop --all-hosts',
  ];
  static override strict = false;
  static override args = { worker: textArg({ description: 'names of workers, as worker list shows them' }) };
  static override flags = {
    timeout: Flags.string({ description: 'wait for running jobs so long', helpValue: 'DURATION', exclusive: ['now'] }),
    now: Flags.boolean({ description: 'end running jobs and give them back' }),
    leave: Flags.boolean({
      description: 'let running jobs go on without them; the next worker takes them over',
      exclusive: ['timeout', 'now'],
    }),
    host: Flags.string({ description: 'the workers of this host', helpValue: 'NAME', exclusive: ['all-hosts'] }),
    'all-hosts': Flags.boolean({ description: 'the workers of all hosts' }),
  };

  async run() {
    const { argv, flags } = await this.parse(WorkerStop);
    const timeoutMs = flags.timeout === undefined ? null : parseDuration(flags.timeout, '--timeout');
    const options = { patienceMs: flags.now ? 0 : timeoutMs, leave: flags.leave };
    const scope: StopScope = flags['all-hosts'] ? 'everywhere' : flags.host ? { hostName: flags.host } : 'here';
    return this.withQueue(flags, async (queue) => {
      const plan = await planStop(queue, argv as string[], scope, flags.leave ? 'leave' : 'drain');
      const { living, gone } = plan;
      for (const { name, pid } of gone) this.logToStderr(`${name} was gone already (pid ${pid})`);
      if (living.length + gone.length === 0)
        this.logToStderr(`no worker runs on ${scope === 'here' ? 'this host' : (flags.host ?? 'any host')}`);
      const [released, left]: [string[], string[]] = [[], []];
      const steps = stopSteps(queue, plan, options, (stopped) => {
        released.push(...stopped.released);
        left.push(...stopped.left);
      });
      await showProgress(steps, { silent: this.jsonEnabled() });
      const placed = (worker: WorkerInfo) => ({ name: worker.name, host: worker.hostName });
      return { stopped: living.map(placed), gone: gone.map(placed), released, left };
    });
  }
}
