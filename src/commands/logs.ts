// queuectl logs: what a job printed.
import { QueuectlCommand, textArg } from '../base-command.js';
import { Flags } from '../oclif.js';
import { printEnd, printOutput } from '../print-output.js';
import { outputDocument } from '../queue/document.js';
import { existingOutput, followOutput } from '../queue/follow.js';
import { waitingNote } from '../queue/served.js';
import { waitFor } from '../queue/wait.js';

export default class Logs extends QueuectlCommand {
  static override summary = 'print the output of a job';
  static override description =
    'It is the output of the last attempt. On a terminal only its text and colours are shown; a pipe or file gets every byte.';
  static override examples = [
    '<%= config.bin %> logs job1',
    '<%= config.bin %> logs --follow --tail 20 job1',
    '<%= config.bin %> logs --follow --exit-status job1 || echo failed',
    '<%= config.bin %> logs job1 --attempt 2 > output.txt',
  ];

  static override args = { id: textArg({ description: 'id of the job', required: true }) };

  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on until the job has ended; with --json one document a line' }),
    attempt: Flags.integer({ description: 'of this attempt', min: 1, max: 1e9, helpValue: 'N' }),
    stderr: Flags.boolean({ description: 'standard error of a job that was enqueued with --split-output' }),
    tail: Flags.integer({ description: 'only the last lines', min: 0, max: 1e9, helpValue: 'N' }),
    'exit-status': Flags.boolean({
      description: 'with --follow: exit as the job did',
      dependsOn: ['follow'],
      exclusive: ['attempt'],
    }),
    raw: Flags.boolean({ description: 'also send control characters to a terminal' }),
  };

  async run() {
    const { args, flags } = await this.parse(Logs);
    const attempt = flags.attempt ?? null;
    const part = { stream: flags.stderr ? 2 : 1, lines: flags.tail ?? null } as const;
    return this.withQueue(flags, async (queue) => {
      const json = this.jsonEnabled();
      if (json && !flags.follow) return outputDocument(args.id, await queue.output(args.id, attempt, part));
      const note = flags.follow ? await waitingNote(queue, args.id) : null;
      if (note !== null) this.logToStderr(note);
      const read = flags.follow ? followOutput : existingOutput;
      await printOutput(read(queue, args.id, attempt, part), { json, raw: flags.raw });
      if (attempt !== null || !(json || flags['exit-status'])) return undefined;
      const waited = await waitFor(queue, [args.id]);
      if (json) await printEnd(queue, waited, await queue.job(args.id));
      if (flags['exit-status']) process.exitCode = waited.exitCode;
      return undefined;
    });
  }
}
