// queuectl enqueue: adds one job and prints its id.
import { Flags } from '@oclif/core';
import { QueuectlCommand, textArg } from '../base-command.js';
import { checkForm, checkOneOf, enqueueHints } from '../enqueue-hints.js';
import { enqueueOne } from '../enqueue-one.js';
import { readRequest } from '../enqueue-request.js';
import { scriptArgv } from '../job-types/script.js';
import { ENV_MODES } from '../process/caller.js';
import { readStdin } from '../read-stdin.js';

export default class Enqueue extends QueuectlCommand {
  static override summary = 'add a job and print its id';
  static override description =
    'The job runs in the current folder. It is given as JSON, as a script, or as a command after --, which runs without a shell.';
  static override usage = "enqueue '{…}' | - | --file SCRIPT | -- CMD ARGS…";

  static override examples = [
    `<%= config.bin %> enqueue '{"id":"job1","command":"sleep 2"}'`,
    '<%= config.bin %> enqueue --queue builds --priority 5 -- make -j4 release',
    '<%= config.bin %> enqueue --file scripts/task.py --delay 10m',
    `echo '{"command":"./report.sh","timeout_sec":600}' | <%= config.bin %> enqueue -`,
  ];

  static override args = {
    job: textArg({ description: 'the job as a JSON object; - reads it from standard input' }),
  };

  static override flags = {
    file: Flags.string({ description: 'run this script: by its #! line, else by its extension', helpValue: 'SCRIPT' }),
    id: Flags.string({ description: 'what to call it; otherwise it gets a number' }),
    queue: Flags.string({ description: 'queue to put it into [default: default]' }),
    priority: Flags.string({ description: 'from -1000 to 1000; higher runs first [default: 0]', helpValue: 'N' }),
    'run-at': Flags.string({ description: 'not before this time, such as 2026-12-01T10:00:00Z', helpValue: 'TIME' }),
    delay: Flags.string({ description: 'not before so long from now, such as 5m', helpValue: 'DURATION' }),
    timeout: Flags.string({ description: 'end it after so long, such as 90s', helpValue: 'DURATION' }),
    'max-retries': Flags.string({ description: 'retries after the first attempt', helpValue: 'N' }),
    'backoff-base': Flags.string({ description: 'wait N ** failures seconds before a retry', helpValue: 'N' }),
    env: Flags.string({
      description: 'give it a variable',
      helpValue: 'NAME[=VALUE]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'env-mode': Flags.string({ description: 'how much of the environment it gets', options: [...ENV_MODES] }),
    cwd: Flags.string({ description: 'run it in this folder', helpValue: 'FOLDER' }),
  };

  async run() {
    const { args, flags } = await this.parse(Enqueue);
    checkOneOf({ 'the JSON': args.job, '--file': flags.file, '--': this.rest });
    const typed = args.job === '-' ? await readStdin() : args.job;
    const json = typed === undefined ? undefined : checkForm(typed, this.argv);
    const argv = flags.file === undefined ? this.rest : scriptArgv(flags.file);
    const request = readRequest({ json, argv, flags }, process.env);
    const mode = flags['env-mode'] as (typeof ENV_MODES)[number] | undefined;
    const { document, note } = await this.withQueue(flags, ({ database }) => enqueueOne(database, request, mode));
    if (note !== null) this.logToStderr(note);
    this.log(document.id);
    return document;
  }

  protected override usageHints(argv: string[]): string[] {
    return enqueueHints(argv);
  }
}
