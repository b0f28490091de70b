// Jobs that other jobs enqueue with their success: whether they can be stored beside those there are.
import type { Conflict } from '../errors.js';
import type { Ending } from '../job/job.js';
import type { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import type { NewJob } from './intake.js';
import type { Ended } from './settlements.js';
import { judge, type Verdict } from './uniqueness.js';

export interface Accepted {
  accepted: readonly Ended[];
  /** On all follow-ups of those, in their order; undefined where all are simply new. */
  verdicts: Verdict[] | undefined;
}

export function followUpsOf({ ending, followUps = [] }: Ended): readonly NewJob[] {
  return ending.outcome === 'succeeded' ? followUps : [];
}

/**
 * An attempt that would enqueue a job whose id or key is taken has failed: it is told so, and nothing else waits for it.
 * @param all are recorded in this transaction, and in this order
 */
export async function acceptFollowUps(
  tx: Executor,
  database: Database,
  all: readonly Ended[],
  counts: CountChanges,
): Promise<Accepted> {
  const followUps = all.flatMap(followUpsOf);
  if (followUps.every(({ name, key }) => name === null && key === null)) return { accepted: all, verdicts: undefined };
  const completed = all.filter(({ ending }) => ending.outcome === 'succeeded');
  const verdicts = await judge(tx, database, followUps, counts, new Set(completed.map(({ job }) => job)));
  const refused = new Map<Ended, Conflict>();
  for (const [index, owner] of all.flatMap((ended) => followUpsOf(ended).map(() => ended)).entries()) {
    const verdict = verdicts[index]!;
    if (verdict.is === 'refused' && !refused.has(owner)) refused.set(owner, verdict.conflict);
  }
  if (refused.size === 0) return { accepted: all, verdicts };
  // What the others enqueue may have met what is not stored now, or a key that is not given back.
  const [first] = refused;
  const others = all.map((ended) => (ended === first![0] ? { ...ended, ending: refusal(first![1]) } : ended));
  return acceptFollowUps(tx, database, others, counts);
}

function refusal({ message }: Conflict): Ending {
  const detail = `a job that it enqueued was refused: ${message}`;
  return { outcome: 'failed', cause: 'error:Conflict', detail, final: true };
}
