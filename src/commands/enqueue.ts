// queuectl enqueue: adds one job and prints its id.
import { Flags } from '@oclif/core';
import { QueuectlCommand, textArg } from '../base-command.js';
import { checkForm, checkOneOf, enqueueHints } from '../enqueue-hints.js';
import { type Enqueued, enqueueOne } from '../enqueue-one.js';
import { readFields } from '../enqueue-payload.js';
import { readRequest } from '../enqueue-request.js';
import { jobFlags } from '../job-flags.js';
import { scriptArgv } from '../job-types/script.js';
import { readStdin } from '../read-stdin.js';
import { readStay, type Stayed, stayFlags, stayWith } from '../stay.js';

export default class Enqueue extends QueuectlCommand {
  static override summary = 'add a job and print its id';
  static override description =
    'The job runs in the current folder. It is given as JSON, as a script, or as a command after --, which runs without a shell.';
  static override usage = "enqueue '{…}' | - | --file SCRIPT | -- CMD ARGS…";

  static override examples = [
    `<%= config.bin %> enqueue '{"id":"job1","command":"sleep 2"}'`,
    '<%= config.bin %> enqueue --queue builds --priority 5 --delay 10m -- make -j4 release',
    '<%= config.bin %> enqueue --follow -- make test',
    '<%= config.bin %> enqueue --type http -p url=https://example.org/ -p method=POST',
    `echo '{"command":"./report.sh","timeout_sec":600}' | <%= config.bin %> enqueue -`,
  ];

  static override args = {
    job: textArg({ description: 'the job as a JSON object; - reads it from standard input' }),
  };

  static override flags = {
    file: Flags.string({ description: 'run this script: by its #! line, else by its extension', helpValue: 'SCRIPT' }),
    ...jobFlags,
    ...stayFlags,
  };

  async run(): Promise<Enqueued['document'] | Stayed | undefined> {
    const { args, flags } = await this.parse(Enqueue);
    checkOneOf({ 'the JSON': args.job, '--file': flags.file, '--': this.rest }, flags.type ?? flags.payload);
    const typed = args.job === '-' ? await readStdin() : args.job;
    const json = typed === undefined ? undefined : checkForm(typed, this.argv);
    const argv = flags.file === undefined ? this.rest : scriptArgv(flags.file);
    const fields = flags.field && readFields(flags.field, (await this.handler(flags.type!)).schema);
    const request = readRequest({ json, argv, fields, flags }, process.env);
    await this.know([request.type]);
    const stay = readStay(flags, this.jsonEnabled());
    return this.withQueue(flags, async (queue) => {
      const { document, note } = await enqueueOne(queue.database, request, { mode: flags['env-mode'], waits: !!stay });
      if (note !== null) this.logToStderr(note);
      if (stay) return stayWith(queue, document, stay);
      this.log(document.id);
      return document;
    });
  }

  protected override usageHints(argv: string[]): string[] {
    return enqueueHints(argv);
  }
}
