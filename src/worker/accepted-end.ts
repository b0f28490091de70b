// How an attempt ended whose handler has returned, once the jobs that it enqueued were looked at.
import type { CheckedRequest } from '../job/request.js';
import type { HandlerEnd } from '../job-types/run-handler.js';
import type { Ended } from '../storage/settlements.js';

/** Requests as they are to be stored. Throws for one that its type refuses. */
export type Accept = (requests: readonly CheckedRequest[]) => Promise<Ended['followUps']>;

export async function acceptedEnd(
  { ending, requests }: HandlerEnd,
  accept: Accept,
): Promise<Pick<Ended, 'ending' | 'followUps'>> {
  if (requests.length === 0) return { ending };
  try {
    return { ending, followUps: await accept(requests) };
  } catch (error) {
    const detail = `a job that it enqueued was refused: ${(error as Error).message}`;
    return { ending: { outcome: 'failed', cause: 'error:BadInput', detail, final: true } };
  }
}
