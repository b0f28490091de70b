// Finds and removes what is kept no longer: ended jobs, old outputs, the queue's own records.
import { sql } from 'kysely';
import type { JobState } from '../job/job.js';
import type { Database } from './database.js';
import { outputName } from './files.js';
import { type Removed, removeStill } from './removals.js';
import { foldRollup } from './rollup.js';

const AT_ONCE = 1000;
const DAY_MS = 86_400_000;
/** Figures of the last month feed charts; tokens of a day answer any commit that was in doubt. */
const KEPT_ROLLUP_MS = 31 * DAY_MS;
const KEPT_REQUESTS_MS = DAY_MS;

/** How long jobs in these states are kept after their end, ms; null is for good. */
export interface Rule {
  states: readonly JobState[];
  keepMs: number | null;
}

export interface OutputKey {
  job: number;
  attempt: number;
}

const FIRST: OutputKey = { job: 0, attempt: 0 };

interface PrunedOutputs {
  removed: number;
  /** Files of long ones, which are to be removed too. */
  files: string[];
  /** Where to go on; null when all have been looked at. */
  last: OutputKey | null;
}

export class PruneStore {
  constructor(private readonly database: Database) {}

  /** @param keepMs null keeps them for good */
  async endedJobs(states: readonly JobState[], keepMs: number | null): Promise<Removed[]> {
    if (keepMs === null) return [];
    const numbers: number[] = [];
    for (const state of states) {
      const rows = await this.database.kysely
        .selectFrom('jobs')
        .select('number')
        .where('state', '=', state)
        .where('finished_at', '<', this.#before(keepMs))
        .orderBy('finished_at')
        .limit(AT_ONCE)
        .execute();
      numbers.push(...rows.map((row) => row.number));
    }
    const oldest = numbers.slice(0, AT_ONCE);
    if (oldest.length === 0) return [];
    return removeStill(this.database, oldest, states);
  }

  /** How many there are of what `endedJobs` removes a thousand at a time. */
  async countEnded(states: readonly JobState[], keepMs: number | null): Promise<number> {
    if (keepMs === null) return 0;
    const { n } = await this.database.kysely
      .selectFrom('jobs')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('state', 'in', states)
      .where('finished_at', '<', this.#before(keepMs))
      .executeTakeFirstOrThrow();
    return n;
  }

  /**
   * Removes stored outputs of attempts that ended long ago. Looks at a thousand, in the order of the jobs: the oldest are
   * pruned first, and a scan of all would cost more than it frees.
   */
  async outputs(keepMs: number | null, after = FIRST): Promise<PrunedOutputs> {
    if (keepMs === null) return { removed: 0, files: [], last: null };
    const rows = await this.database.kysely
      .selectFrom('outputs')
      .innerJoin('attempts', (join) =>
        join.onRef('attempts.job', '=', 'outputs.job').onRef('attempts.attempt', '=', 'outputs.attempt'),
      )
      .select(['outputs.job', 'outputs.attempt', 'attempts.output_file'])
      .select(sql<number>`attempts.finished_at < ${this.#before(keepMs)}`.as('old'))
      .where('outputs.job', '>=', after.job)
      .where((is) => is.or([is('outputs.job', '>', after.job), is('outputs.attempt', '>', after.attempt)]))
      .orderBy('outputs.job')
      .orderBy('outputs.attempt')
      .limit(AT_ONCE)
      .execute();
    const last = rows.length === AT_ONCE ? rows.at(-1)! : null;
    const old = rows.filter((row) => row.old);
    if (old.length === 0) return { removed: 0, files: [], last };
    await this.database.transaction(async (tx) => {
      for (const { job, attempt } of old) {
        await tx.deleteFrom('outputs').where('job', '=', job).where('attempt', '=', attempt).execute();
        await tx
          .updateTable('attempts')
          .set({ output_file: null })
          .where('job', '=', job)
          .where('attempt', '=', attempt)
          .execute();
      }
    });
    return { removed: old.length, files: old.map((row) => row.output_file).filter((name) => name !== null), last };
  }

  /** @param rules by which jobs go first, and their outputs with them */
  async countOutputs(keepMs: number | null, rules: readonly Rule[]): Promise<number> {
    if (keepMs === null) return 0;
    const { n } = await this.database.kysely
      .selectFrom('attempts')
      .innerJoin('jobs', 'jobs.number', 'attempts.job')
      .select(({ fn }) => fn.countAll<number>().as('n'))
      .where('attempts.finished_at', '<', this.#before(keepMs))
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('outputs')
            .select('outputs.job')
            .whereRef('outputs.job', '=', 'attempts.job')
            .whereRef('outputs.attempt', '=', 'attempts.attempt'),
        ),
      )
      .where(({ and, or, not, eb }) =>
        and(
          rules
            .filter((rule) => rule.keepMs !== null && rule.states.length > 0)
            .map(({ states, keepMs: ms }) =>
              or([
                not(eb('jobs.state', 'in', states)),
                eb('jobs.finished_at', 'is', null),
                eb('jobs.finished_at', '>=', this.#before(ms!)),
              ]),
            ),
        ),
      )
      .executeTakeFirstOrThrow();
    return n;
  }

  /**
   * Of the files in the output folder, those that no attempt needs: a worker died after it had recorded the end and
   * before it removed the file, or the job was deleted while it ran.
   */
  async strays(names: readonly string[]): Promise<string[]> {
    const strays: string[] = [];
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const some = names.slice(from, from + AT_ONCE);
      const jobs = [...new Set(some.map((name) => Number(name.split('.')[0])))];
      const needed = await this.database.kysely
        .selectFrom('attempts')
        .select(['job', 'attempt', 'outcome'])
        .where('job', 'in', jobs)
        .where((is) => is.or([is('outcome', 'is', null), is('output_file', 'is not', null)]))
        .execute();
      const kept = new Map(needed.map(({ job, attempt, outcome }) => [outputName(job, attempt), outcome]));
      // A result, or how a handler ended, is stored whole, or not at all, when the attempt ends.
      const isNeeded = (name: string) => {
        const outcome = kept.get(name.split('.', 2).join('.'));
        return outcome === null || (outcome !== undefined && !/\.(result|end)$/.test(name));
      };
      strays.push(...some.filter((name) => !isNeeded(name)));
    }
    return strays;
  }

  /** Names of the outputs that lie in files. */
  async keptFiles(): Promise<string[]> {
    const rows = await this.database.kysely
      .selectFrom('attempts')
      .select('output_file')
      .where('output_file', 'is not', null)
      .execute();
    return rows.map((row) => row.output_file!);
  }

  async records(): Promise<void> {
    const { kysely } = this.database;
    await kysely.deleteFrom('requests').where('at', '<', this.#before(KEPT_REQUESTS_MS)).execute();
    await foldRollup(this.database, Math.floor(((await this.database.present()) - KEPT_ROLLUP_MS) / 60_000));
  }

  #before(keepMs: number) {
    return sql<number>`${this.database.now} - ${keepMs}`;
  }
}
