// queuectl wait: until jobs have ended; the exit code tells how.
import { QueuectlCommand } from '../base-command.js';
import { untilInterrupted } from '../interrupt.js';
import { parseDuration } from '../job/units.js';
import { Flags } from '../oclif.js';
import { waitDocument } from '../queue/document.js';
import { isFilter, readFilter } from '../queue/filter.js';
import { type WaitOptions, waitFor } from '../queue/wait.js';
import { checkSelection, filterFlags, jobArgs, readWords } from '../selection.js';
import { goesOn, stillOpen } from '../stay.js';
import { fateLine } from '../terminal/fate-line.js';

export default class Wait extends QueuectlCommand {
  static override summary = 'wait until jobs have ended, and exit as they did';
  static override description =
    `Prints a line for each job when it has ended: its id, its state, and the cause if there is one.
The exit code is 0 when all were completed, else the highest of theirs: what a job exited with, 128 + n after signal n,
124 after a timeout, 125 when it was cancelled. A job that is to be retried is waited for.
A filter takes the jobs that fit when the command begins, also those that ended before.`;
  static override strict = false;
  static override usage = 'wait JOB… | --all | --queue NAME …';
  static override examples = [
    '<%= config.bin %> wait job1 && echo done',
    '<%= config.bin %> wait job1 job2 job3 --timeout 10m',
    '<%= config.bin %> wait --queue images --since 1h',
  ];
  static override args = jobArgs;
  static override flags = {
    ...filterFlags,
    all: Flags.boolean({ description: 'every job there is' }),
    timeout: Flags.string({ description: 'wait no longer than this (exit code 124)', helpValue: 'DURATION' }),
    result: Flags.boolean({ description: 'print their results, in the order of the ids' }),
    any: Flags.boolean({ description: 'wait for the first of them only' }),
  };

  async run() {
    const { argv, flags } = await this.parse(Wait);
    const filter = readFilter(flags);
    const filtered = isFilter(filter);
    checkSelection({ 'an id': argv.length > 0, 'a filter': filtered, '--all': flags.all });
    const words = await readWords(argv as string[]);
    const options: WaitOptions = {
      any: flags.any,
      withinMs: flags.timeout === undefined ? undefined : parseDuration(flags.timeout, '--timeout'),
      onEnd: (job) => flags.result || this.log(fateLine(job)),
      onUnserved: (note) => process.stderr.write(`${note}\n`),
    };
    return this.withQueue(flags, async (queue) => {
      const ids = await queue.numbers(argv.length > 0 ? await queue.select(words, filter) : { named: null, filter });
      const named = ids.length === argv.length ? (argv as string[]) : ids;
      const waited = await untilInterrupted(waitFor(queue, ids, options), ...goesOn(named));
      if (waited.reason === 'timeout' && !this.jsonEnabled()) throw stillOpen(waited, options.withinMs);
      process.exitCode = waited.exitCode;
      const results = await queue.results(waited.jobs);
      if (flags.result) for (const { number } of waited.jobs) this.log(results.get(number) ?? '');
      return waitDocument(waited, results);
    });
  }
}
