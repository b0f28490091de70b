// A turn whose commit was in doubt: what it recorded counts as recorded, and what it may have claimed is given back.
import { CommitUnknown } from '../errors.js';
import type { Ending, JobState } from '../job/job.js';
import type { Claim } from './claims.js';
import type { Executor } from './database.js';
import { type Ended, notStarted, type Settled } from './settlements.js';

const RELEASED: Ending = { outcome: 'released', cause: 'released' };

export class Doubt {
  /** Claims that nobody started: the worker was not told of them. */
  #claimed: Ended[] = [];
  readonly #ended = new Set<string>();

  /**
   * Waits for a turn. When its commit is in doubt the worker offers again what had ended; what was claimed is known here
   * alone. When it is not, everything of before is settled too.
   */
  async about(turn: Promise<void>, ended: readonly Ended[], claims: () => readonly Claim[]): Promise<void> {
    try {
      await turn;
      this.#claimed = [];
      this.#ended.clear();
    } catch (error) {
      if (error instanceof CommitUnknown) {
        for (const one of ended) this.#ended.add(keyOf(one));
        this.#claimed.push(...claims().map((claim) => notStarted(claim, RELEASED)));
      }
      throw error;
    }
  }

  /** To be settled as released: where the claim was not committed they are somebody else's, and nothing happens. */
  get claimed(): readonly Ended[] {
    return this.#claimed;
  }

  /** @returns with their states those that the doubtful turn had recorded after all */
  async recorded(tx: Executor, settled: readonly Settled[]): Promise<Settled[]> {
    const all = [];
    for (const one of settled) {
      const lost = one.state === null && this.#ended.has(keyOf(one.ended));
      all.push(lost ? { ...one, state: await this.#stateAfter(tx, one.ended) } : one);
    }
    return all;
  }

  /** Null when the attempt ended otherwise: another worker had given it up. */
  async #stateAfter(tx: Executor, { job, attempt, ending }: Ended): Promise<JobState | null> {
    const row = await tx
      .selectFrom('attempts')
      .innerJoin('jobs', 'jobs.number', 'attempts.job')
      .select(['jobs.state', 'attempts.outcome', 'attempts.cause'])
      .where('attempts.job', '=', job)
      .where('attempts.attempt', '=', attempt)
      .executeTakeFirst();
    return row && row.outcome === ending.outcome && row.cause === ending.cause ? row.state : null;
  }
}

function keyOf({ job, attempt }: Ended): string {
  return `${job}.${attempt}`;
}
