// Enqueueing: a checked request becomes a stored, acknowledged job. The fast path and the command both call this.
import { randomUUID } from 'node:crypto';
import { BadInput } from '../errors.js';
import { failPoint } from '../fail-point.js';
import type { CallerContext, JobPolicy } from '../job/job.js';
import type { JobDefaults, JobHandler } from '../job/job-type.js';
import { LARGEST_PAYLOAD } from '../job/json.js';
import { type CheckedRequest, milliseconds } from '../job/request.js';
import { asPluginCode } from '../job-types/plugin-code.js';
import { loadHandler, originOf } from '../job-types/registry.js';
import { whoami } from '../process/caller.js';
import type { Database } from '../storage/database.js';
import { type Inserted, IntakeStore, LARGEST_BATCH, type NewJob } from '../storage/intake.js';
import { TypeOriginStore } from '../storage/type-origins.js';

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
  return (await store(database, await newJobs(requests, caller))).map(({ id }) => id);
}

/** One job, and which plugin knows its type. @throws BadInput, Conflict */
export async function storeOne(database: Database, request: CheckedRequest, caller: CallerContext): Promise<Inserted> {
  const [stored] = await store(database, await newJobs([request], caller));
  await noteOrigin(database, request.type);
  return stored!;
}

/** @returns what they are now, in the order of the jobs. @throws Conflict */
async function store(database: Database, jobs: readonly NewJob[]): Promise<Inserted[]> {
  const intake = new IntakeStore(database);
  const stored: Inserted[] = [];
  for (let from = 0; from < jobs.length; from += LARGEST_BATCH) {
    const batch = jobs.slice(from, from + LARGEST_BATCH);
    stored.push(...(await intake.insert(batch, randomUUID())));
    failPoint('enqueue-after-commit');
  }
  failPoint('enqueue-before-acknowledging');
  return stored;
}

/** Which plugin knows the type, for those who do not. */
export async function noteOrigin(database: Database, type: string): Promise<void> {
  const { plugin, version, kind } = originOf(type);
  if (kind !== 'core') await new TypeOriginStore(database).note([{ name: type, plugin, version }]);
}

/** What `--json` prints of one job. */
export interface EnqueuedDocument {
  id: string;
  queue: string;
  existing?: true;
  replaced?: true;
}

export function enqueuedDocument({ id, queue, met }: Inserted): EnqueuedDocument {
  if (!met) return { id, queue };
  return met.how === 'found' ? { id, queue, existing: true } : { id, queue, replaced: true };
}

/** Each as its type stores it: parsed, and with its type's defaults. @throws BadInput, PluginFault */
export async function newJobs(requests: readonly CheckedRequest[], caller: CallerContext | null): Promise<NewJob[]> {
  const elsewhere = new Map<string, CallerContext>();
  const contextIn = (cwd: string | null) => {
    if (cwd === null || caller === null) return caller;
    const context = elsewhere.get(cwd) ?? { ...caller, cwd };
    elsewhere.set(cwd, context);
    return context;
  };
  const jobs: NewJob[] = [];
  for (const { id, input, cwd, ...request } of requests) {
    const handler = await loadHandler(request.type);
    const payload = payloadOf(request.type, handler, input);
    const by = request.ifExists === 'replace' ? whoami() : null;
    jobs.push({
      ...completed(request, handler.defaults),
      name: id,
      payload,
      context: contextIn(cwd),
      parent: null,
      by,
    });
  }
  return jobs;
}

function payloadOf(type: string, handler: JobHandler, input: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(parsed(type, handler, input)) ?? 'null');
  if (payload.length > LARGEST_PAYLOAD)
    throw new BadInput('the payload is larger than 1 MB', ['put the data into a file']);
  return payload;
}

/** What a plugin throws is its refusal, in its own words. */
function parsed(type: string, handler: JobHandler, input: unknown): unknown {
  try {
    const { plugin, kind } = originOf(type);
    return kind === 'core' ? handler.parse(input) : asPluginCode(plugin, () => handler.parse(input));
  } catch (error) {
    if (error instanceof BadInput) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new BadInput(`${type}: ${said}`, [`queuectl types show ${type}`]);
  }
}

function completed<R extends Pick<CheckedRequest, 'queue' | keyof JobPolicy>>(request: R, defaults: JobDefaults = {}) {
  return {
    ...request,
    queue: request.queue ?? defaults.queue ?? 'default',
    timeoutMs: request.timeoutMs ?? milliseconds(defaults.timeout_sec),
    maxRetries: request.maxRetries ?? defaults.max_retries ?? null,
    backoffBase: request.backoffBase ?? defaults.backoff_base ?? null,
    backoffMaxMs: request.backoffMaxMs ?? milliseconds(defaults.backoff_max_sec),
  };
}
