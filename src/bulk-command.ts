// What the commands share that change many jobs: which ones, asking first, a dry run, and telling what became of them.
import { QueuectlCommand } from './base-command.js';
import { CHANGES, changeable } from './job/change.js';
import type { JobState } from './job/job.js';
import { Flags } from './oclif.js';
import { showProgress } from './progress.js';
import {
  type BulkDocument,
  bulkDocument,
  DRY_RUN_SHOWN,
  type DryRunDocument,
  dryRunDocument,
} from './queue/bulk-document.js';
import type { BulkChange } from './queue/change.js';
import { type FilterTexts, isFilter, readFilter } from './queue/filter.js';
import type { Queue } from './queue/queue.js';
import type { Selection } from './queue/select.js';
import { checkSelection, readWords } from './selection.js';
import type { Change } from './storage/changes.js';
import { canAsk, confirm } from './terminal/confirm.js';
import { formatJobs } from './terminal/job-list.js';
import { counted } from './terminal/moved-notes.js';

export const bulkFlags = {
  all: Flags.boolean({ description: 'every one that can be' }),
  'dry-run': Flags.boolean({ description: 'only show which ones it would be' }),
  yes: Flags.boolean({ char: 'y', description: 'do not ask on a terminal' }),
};

interface BulkFlags extends FilterTexts {
  all: boolean;
  'dry-run': boolean;
  yes: boolean;
  db?: string;
}

export interface BulkWords {
  /** Of the question: `Cancel 3 jobs?` */
  ask: string;
  /** After `3 jobs`. */
  done: string;
  /** Jobs that are named are asked about as well. */
  grave?: boolean;
}

interface BulkRules<More> {
  /** The states that the command is about, where it is about some of them only. */
  from?: readonly JobState[];
  /** @returns what is to stand in the document as well */
  after?: (queue: Queue, done: BulkChange, selection: Selection) => Promise<More>;
}

export abstract class BulkCommand extends QueuectlCommand {
  /** Said again: oclif's manifest takes over what a class inherits only from one that has properties of its own. */
  static override enableJsonFlag = true;

  /**
   * @returns the document to print
   * @throws BadInput, NoSuchJob, Conflict
   */
  protected async bulk<More extends object = Record<never, never>>(
    typed: { argv: unknown[]; flags: BulkFlags },
    change: Change,
    words: BulkWords,
    { from, after }: BulkRules<More> = {},
  ): Promise<BulkDocument | (BulkDocument & More) | DryRunDocument> {
    const { flags } = typed;
    const filter = readFilter(flags);
    const filtered = isFilter(filter);
    checkSelection({ 'an id': typed.argv.length > 0, 'a filter': filtered, '--all': flags.all });
    const states = changeable(change.kind, filter.states, from);
    const usual = from ? from : CHANGES[change.kind].usual;
    const named = await readWords(typed.argv as string[]);
    return this.withQueue(flags, async (queue) => {
      const selection = await queue.select(named, filter);
      if (typed.argv.length === 0) selection.named = null;
      if (flags.all || filtered) selection.filter = { ...filter, states: filter.states ?? usual ?? states };
      if (flags['dry-run']) return this.#dryRun(queue, selection, CHANGES[change.kind].done);
      if (!(await this.#agreed(queue, selection, flags, words))) {
        this.say('nothing was changed');
        return bulkDocument({ ids: [], left: 0, change: null, copies: [] });
      }
      const done = await this.#change(queue, selection, change, words, states);
      const more = (await after?.(queue, done, selection)) ?? {};
      return { ...bulkDocument(done), ...more };
    });
  }

  async #dryRun(queue: Queue, { named, filter }: Selection, done: string): Promise<DryRunDocument> {
    const count = await queue.count({ named, filter });
    const numbers = named ?? undefined;
    const jobs = await queue.list({ ...filter, numbers }, { limit: DRY_RUN_SHOWN });
    await this.knowHow(jobs);
    if (count > 0) this.log(formatJobs(jobs, {}));
    this.say(`${counted(count)} would be ${done}${count > jobs.length ? `; these are the first ${jobs.length}` : ''}`);
    return dryRunDocument(count, jobs);
  }

  async #agreed(queue: Queue, selection: Selection, { yes }: BulkFlags, { ask, grave }: BulkWords): Promise<boolean> {
    if (yes || !canAsk() || this.jsonEnabled()) return true;
    const all = selection.named === null || isFilter(selection.filter);
    if (!all && !grave) return true;
    const count = await queue.count(selection);
    return count === 0 || confirm(`${ask.replace('N', counted(count))}?`);
  }

  async #change(
    queue: Queue,
    selection: Selection,
    change: Change,
    { done: word }: BulkWords,
    from: readonly JobState[],
  ) {
    let done: BulkChange | undefined;
    const work = async (say: (title: string) => void) => {
      done = await queue.change(selection, change, { from, onProgress: (n) => say(`${counted(n)} ${word}`) });
      const { ids, left, asked } = done;
      const rest = left > 0 ? `; ${counted(left)} left alone` : '';
      return `${counted(ids.length)} ${word}${asked.length > 0 ? `, ${counted(asked.length)} being ended` : ''}${rest}`;
    };
    await showProgress([{ title: word, work }], { silent: this.jsonEnabled() || this.quiet(selection) });
    if (selection.named === null && done!.change !== null) this.say('queuectl undo takes it back');
    return done!;
  }

  /** Where each job has a line of its own. */
  protected quiet(_selection: Selection): boolean {
    return false;
  }

  protected say(line: string): void {
    if (!this.jsonEnabled()) this.logToStderr(line);
  }
}
