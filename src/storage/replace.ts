// Writes waiting jobs anew: another job under the same number.
import { sql } from 'kysely';
import type { CountChanges } from './counts.js';
import type { Database, Executor } from './database.js';
import { jobsToChange, recordEvents } from './events.js';
import { GIVEN_KINDS, type Given, timesOf, valuesOf } from './given.js';
import type { NewJob } from './intake.js';
import { preparedFor } from './prepared.js';
import type { Holder } from './uniqueness.js';

export interface Replacement {
  job: NewJob;
  holder: Holder;
}

/**
 * A part of a transaction, for jobs that wait and that nobody else can change meanwhile. Numbers, ids and times of creation
 * stay, attempts go on; what a job was given before is forgotten. A held one stays held. The specs are the caller's to write.
 */
export async function replaceJobs(
  tx: Executor,
  database: Database,
  all: readonly Replacement[],
  counts: CountChanges,
): Promise<void> {
  const numbers = all.map(({ holder }) => holder.number);
  const rows = await jobsToChange(tx, database, numbers);
  await recordEvents(tx, database, rows, 'replaced', { who: all[0]!.job.by ?? '', change: null });
  for (const { job, holder } of all) {
    counts.add(holder, holder.state, -1);
    counts.add(job, holder.state === 'held' ? 'held' : 'pending');
  }
  await rewrite(
    database,
    { json: JSON.stringify(all.map(({ job, holder }) => [holder.number, ...valuesOf(job)])) },
    tx,
  );
  await tx.deleteFrom('specs').where('job', 'in', numbers).execute();
}

type Rewritten = Given & { number: number };

const rewrite = preparedFor<{ json: string }, never>(({ kysely, dialect, now }, { json }) => {
  const given = dialect.rows<Rewritten>(json, { number: 'ms', ...GIVEN_KINDS });
  const { run_at, wake_at, expires_at } = timesOf(now);
  return kysely
    .updateTable('jobs')
    .from(given.as('given'))
    .set(({ ref }) => ({
      state: sql`case when jobs.state = 'held' then 'held' else 'pending' end`,
      queue: ref('given.queue'),
      type: ref('given.type'),
      priority: ref('given.priority'),
      max_retries: ref('given.max_retries'),
      timeout_ms: ref('given.timeout_ms'),
      backoff_base: ref('given.backoff_base'),
      backoff_max_ms: ref('given.backoff_max_ms'),
      key: ref('given.key'),
      key_lock: ref('given.key'),
      key_scope: ref('given.key_scope'),
      run_at,
      wake_at: sql`case when jobs.state <> 'held' then ${wake_at} end`,
      expires_at,
      failures: 0,
      crashes: 0,
      cause: null,
      progress: null,
      changed_at: now,
    }))
    .whereRef('jobs.number', '=', 'given.number')
    .where(sql<boolean>`jobs.number ${dialect.among(json, 'join')}`)
    .$castTo<never>();
}, 'nothing');
