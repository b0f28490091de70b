// queuectl enqueue: adds a job, or many, and prints their ids.
import { QueuectlCommand, textArg } from '../base-command.js';
import { enqueueHints, jobText } from '../enqueue-hints.js';
import { enqueueMany, type ManyEnqueued, type ManyLooked } from '../enqueue-many.js';
import { type Enqueued, enqueueOne } from '../enqueue-one.js';
import { readFields } from '../enqueue-payload.js';
import { readRequest } from '../enqueue-request.js';
import { jobFlags } from '../job-flags.js';
import { scriptArgv } from '../job-types/script.js';
import { readStay, type Stayed, stayFlags, stayWith } from '../stay.js';
import { wantsMany, workFlags } from '../work-flags.js';

export default class Enqueue extends QueuectlCommand {
  static override summary = 'add a job, or many, and print their ids';
  static override description =
    'The job runs in the current folder. It is given as JSON, as a script, or as a command after --, which runs without a shell.';
  static override usage = "enqueue '{…}' | - | --file SCRIPT | -- CMD ARGS… | --stdin | --each FILE -- CMD ARGS…";

  static override examples = [
    `<%= config.bin %> enqueue '{"id":"job1","command":"sleep 2"}'`,
    '<%= config.bin %> enqueue --queue builds --priority 5 --delay 10m -- make -j4 release',
    '<%= config.bin %> enqueue --follow -- make test',
    '<%= config.bin %> enqueue --type http -p url=https://example.org/ -p method=POST',
    '<%= config.bin %> enqueue --each files.txt -- convert {} {.}.png',
    `echo '{"command":"./report.sh","timeout_sec":600}' | <%= config.bin %> enqueue -`,
  ];

  static override args = {
    job: textArg({ description: 'the job as a JSON object; - reads it from standard input' }),
  };

  static override flags = { ...workFlags, ...jobFlags, ...stayFlags };

  async run(): Promise<Enqueued['document'] | Stayed | ManyEnqueued | ManyLooked | undefined> {
    const { args, flags } = await this.parse(Enqueue);
    const many = wantsMany(flags, args.job, this.rest);
    const fields = flags.field && readFields(flags.field, (await this.handler(flags.type!)).schema);
    const stay = readStay(flags, this.jsonEnabled());
    if (many) {
      const typed = { words: this.rest, fields, flags, stay, json: this.jsonEnabled() };
      return this.withQueue(flags, (queue) => enqueueMany(queue, { ...typed, know: (type) => this.know([type]) }));
    }
    const json = await jobText(args.job, this.argv);
    const argv = flags.file === undefined ? this.rest : scriptArgv(flags.file);
    const request = readRequest({ json, argv, fields, flags }, process.env);
    await this.know([request.type]);
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
