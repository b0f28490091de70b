// queuectl wait: until jobs have ended; the exit code tells how.
import { Flags } from '@oclif/core';
import { QueuectlCommand, textArg } from '../base-command.js';
import { untilInterrupted } from '../interrupt.js';
import { parseDuration } from '../job/units.js';
import { waitDocument } from '../queue/document.js';
import { type WaitOptions, waitFor } from '../queue/wait.js';
import { checkSelection } from '../selection.js';
import { goesOn, stillOpen } from '../stay.js';
import { fateLine } from '../terminal/fate-line.js';

export default class Wait extends QueuectlCommand {
  static override summary = 'wait until jobs have ended, and exit as they did';
  static override description =
    `Prints a line for each job when it has ended: its id, its state, and the cause if there is one.
The exit code is 0 when all were completed, else the highest of theirs: what a job exited with, 128 + n after signal n,
124 after a timeout, 125 when it was cancelled. A job that is to be retried is waited for.`;
  static override strict = false;
  static override usage = 'wait ID…';
  static override examples = [
    '<%= config.bin %> wait job1 && echo done',
    '<%= config.bin %> wait job1 job2 job3 --timeout 10m',
    '<%= config.bin %> wait --any job1 job2',
  ];
  static override args = { id: textArg({ description: 'ids of the jobs' }) };
  static override flags = {
    timeout: Flags.string({ description: 'wait no longer than this (exit code 124)', helpValue: 'DURATION' }),
    result: Flags.boolean({ description: 'print their results, in the order of the ids' }),
    any: Flags.boolean({ description: 'wait for the first of them only' }),
  };

  async run() {
    const { argv, flags } = await this.parse(Wait);
    const ids = argv as string[];
    checkSelection({ 'an id': ids.length > 0 });
    const options: WaitOptions = {
      any: flags.any,
      withinMs: flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout'),
      onEnd: (job) => flags.result || this.log(fateLine(job)),
      onUnserved: (note) => process.stderr.write(`${note}\n`),
    };
    return this.withQueue(flags, async (queue) => {
      const waited = await untilInterrupted(waitFor(queue, ids, options), ...goesOn(ids));
      if (waited.reason === 'timeout' && !this.jsonEnabled()) throw stillOpen(waited, options.withinMs);
      process.exitCode = waited.exitCode;
      const results = await queue.results(waited.jobs);
      if (flags.result) for (const { number } of waited.jobs) this.log(results.get(number) ?? '');
      return waitDocument(waited, results);
    });
  }
}
