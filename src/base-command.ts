// What every queuectl command shares: global flags, arguments after `--`, one way to fail.
import { splitArgv } from './argv.js';
import type { JobHandler } from './job/job-type.js';
import { isKnownType, loadHandler } from './job-types/registry.js';
import { Args, Command, type Config, Flags } from './oclif.js';
import type { Queue } from './queue/queue.js';
import { jsonText, oneLine } from './terminal/sanitize.js';
import { usageError } from './usage-error.js';

/** A positional argument. Without `ignoreStdin` oclif fills an absent one from piped standard input. */
export const textArg = Args.custom<string>({ ignoreStdin: true });

export abstract class QueuectlCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    db: Flags.string({ description: 'path or URL of the queue', helpGroup: 'GLOBAL', helpValue: 'PATH|URL' }),
    json: Flags.boolean({ description: 'print one JSON document', helpGroup: 'GLOBAL' }),
  };

  /** What stood after the first `--`, exactly as typed. */
  protected readonly rest: string[] | undefined;
  #asked = false;

  constructor(argv: string[], config: Config) {
    const { own, rest } = splitArgv(argv);
    super(own, config);
    this.rest = rest;
  }

  /** Opens the queue that the flags name, and closes it whatever happens. */
  protected async withQueue<T>(flags: { db?: string }, use: (queue: Queue) => Promise<T>): Promise<T> {
    const { openQueue } = await import('./open-queue.js');
    const queue = await openQueue({ db: flags.db });
    try {
      return await use(queue);
    } finally {
      await queue.close();
    }
  }

  /** Before jobs of these types are checked or described. What is wrong with plugins is told once, and costs nothing more. */
  protected async know(types: readonly string[]): Promise<void> {
    if (this.#asked || types.every(isKnownType)) return;
    this.#asked = true;
    await this.knowAll();
  }

  /** @returns the warnings, which are told as well, under `--json` too: a type that is missing is no small thing */
  protected async knowAll(): Promise<string[]> {
    const { findTypes } = await import('./plugins/find-types.js');
    const warnings = await findTypes(this.config.plugins.values());
    for (const warning of warnings) process.stderr.write(`${oneLine(`warning: ${warning}`)}\n`);
    return warnings;
  }

  protected async handler(type: string): Promise<JobHandler> {
    await this.know([type]);
    return loadHandler(type);
  }

  /** The same for lists: handlers say how their payloads read. One that cannot be loaded leaves them as JSON. */
  protected async knowHow(jobs: readonly { type: string }[]): Promise<void> {
    const types = [...new Set(jobs.map((job) => job.type))];
    await this.know(types);
    for (const type of types) if (isKnownType(type)) await loadHandler(type).catch(() => {});
  }

  /** What to suggest first when oclif refuses this command's arguments. `argv` is what was typed before `--`. */
  protected usageHints(_argv: string[]): string[] {
    return [];
  }

  /** Told in one place, src/main.ts, also under `--json`. */
  protected override async catch(error: Error): Promise<never> {
    throw usageError(error, this.id?.replaceAll(':', ' ') ?? '', this.usageHints(this.argv));
  }

  /** oclif's own colours token by token, which takes seconds for a long list. */
  protected override logJson(json: unknown): void {
    process.stdout.write(`${jsonText(json, 2)}\n`);
  }
}
