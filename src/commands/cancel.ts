// queuectl cancel: a waiting job never runs, a running one is ended with all that it started.
import { Flags } from '@oclif/core';
import { QueuectlCommand, textArg } from '../base-command.js';
import { Conflict } from '../errors.js';
import { readSignal } from '../job/signal.js';
import { showProgress } from '../progress.js';
import { type AskedJob, cancelFate } from '../queue/cancel.js';
import type { Queue } from '../queue/queue.js';
import { checkSelection } from '../selection.js';

export default class Cancel extends QueuectlCommand {
  static override summary = 'cancel jobs: those that wait, and those that run';
  static override description = `A running job and all that it started get TERM and, after kill_grace_sec, KILL.
The command waits until it has ended. A cancelled job is not retried.`;
  static override strict = false;
  static override usage = 'cancel ID…';
  static override examples = ['<%= config.bin %> cancel job1 job2', '<%= config.bin %> cancel job1 --signal INT'];
  static override args = { id: textArg({ description: 'ids of the jobs' }) };
  static override flags = {
    signal: Flags.string({ description: 'the first signal for a running job [default: TERM]', helpValue: 'NAME' }),
    wait: Flags.boolean({ default: true, allowNo: true, description: 'wait until running jobs have ended' }),
  };

  async run() {
    const { argv, flags } = await this.parse(Cancel);
    const ids = [...new Set(argv as string[])];
    checkSelection({ 'an id': ids.length > 0 });
    const signal = flags.signal === undefined ? null : readSignal(flags.signal, '--signal');
    return this.withQueue(flags, async (queue) => {
      const { ended, asked } = await queue.cancel(ids, signal);
      const done = ended.map(({ id }) => id);
      for (const id of done) this.#say(`job ${id} cancelled`);
      if (!flags.wait)
        for (const { job, before } of asked) this.#say(`job ${job.id} is ${before ? '' : 'now '}being ended`);
      const waits: string[] = flags.wait ? [] : asked.map(({ job }) => job.id);
      const steps = asked.map((one) => ({
        title: `ending job ${one.job.id}`,
        work: () => follow(queue, one, done, waits),
      }));
      if (flags.wait) await showProgress(steps, { silent: this.jsonEnabled() });
      return { cancelled: done, requested: waits };
    });
  }

  #say(line: string): void {
    if (!this.jsonEnabled()) this.logToStderr(line);
  }
}

async function follow(queue: Queue, asked: AskedJob, done: string[], waits: string[]): Promise<string> {
  const { fate, job } = await cancelFate(queue, asked);
  if (fate === 'ended') throw new Conflict(`job ${job.id} ended by itself before it could be cancelled: ${job.state}`);
  (fate === 'waits' ? waits : done).push(job.id);
  if (fate === 'cancelled') return `job ${job.id} cancelled`;
  return `job ${job.id} runs without a worker: the next one ends it (queuectl worker start)`;
}
