// Enqueueing: a checked request becomes a stored, acknowledged job. The fast path and the command both call this.
import { randomUUID } from 'node:crypto';
import { BadInput } from '../errors.js';
import { failPoint } from '../fail-point.js';
import type { CallerContext } from '../job/job.js';
import { LARGEST_PAYLOAD } from '../job/json.js';
import type { CheckedRequest } from '../job/request.js';
import { jobType } from '../job-types/registry.js';
import type { Database } from '../storage/database.js';
import { IntakeStore, LARGEST_BATCH, type NewJob } from '../storage/intake.js';

/**
 * Stores the jobs, in batches that are each stored whole or not at all, and wakes workers.
 * @param caller where and as whom the jobs are enqueued; a shell command runs in the same surroundings
 * @returns the ids, in the order of the requests
 * @throws BadInput, Conflict
 */
export async function enqueue(
  database: Database,
  requests: readonly CheckedRequest[],
  caller: CallerContext,
): Promise<string[]> {
  const jobs = newJobs(requests, caller);
  const intake = new IntakeStore(database);
  const ids: string[] = [];
  for (let from = 0; from < jobs.length; from += LARGEST_BATCH) {
    const batch = jobs.slice(from, from + LARGEST_BATCH);
    const numbers = await intake.insert(batch, randomUUID());
    failPoint('enqueue-after-commit');
    ids.push(...batch.map((job, index) => job.name ?? String(numbers[index])));
  }
  failPoint('enqueue-before-acknowledging');
  return ids;
}

function newJobs(requests: readonly CheckedRequest[], caller: CallerContext): NewJob[] {
  const elsewhere = new Map<string, CallerContext>();
  const contextIn = (cwd: string | null) => {
    if (cwd === null) return caller;
    const context = elsewhere.get(cwd) ?? { ...caller, cwd };
    elsewhere.set(cwd, context);
    return context;
  };
  return requests.map(({ id, input, cwd, ...request }) => {
    const payload = Buffer.from(JSON.stringify(jobType(request.type).parse(input)));
    if (payload.length > LARGEST_PAYLOAD)
      throw new BadInput('the payload is larger than 1 MB', ['put the data into a file']);
    return { ...request, name: id, payload, context: contextIn(cwd), parent: null };
  });
}
