// The first schema: a narrow job row that is rewritten, what is written once beside it, outputs apart.
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { StoreDialect } from '../dialect.js';
import type { Tables } from '../schema.js';

// No CHECK on states (SQLite cannot alter one) and no foreign keys (PostgreSQL would lock the parent in the hot path).
export async function first(db: Kysely<Tables>, dialect: StoreDialect): Promise<void> {
  await jobTables(db, dialect);
  await runTables(db, dialect);
  await counterTables(db, dialect);
  await workerTables(db, dialect);
}

async function jobTables(db: Kysely<Tables>, dialect: StoreDialect): Promise<void> {
  const { ms, bytes, real } = dialect.types;
  await db.schema
    .createTable('jobs') // the hot, narrow row: rewritten two or three times a job
    .addColumn('number', ms, dialect.autoNumber)
    .addColumn('name', 'text') // the user's id; NULL: the number is the id
    .addColumn('queue', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('priority', 'integer', (c) => c.notNull().defaultTo(0)) // higher first
    .addColumn('run_at', ms, (c) => c.notNull()) // what the user asked for; never rewritten by backoff
    .addColumn('wake_at', ms) // when upkeep must look (run_at or backoff); NULL: ready now
    .addColumn('expires_at', ms) // set NULL by the first claim
    .addColumn('attempt', 'integer', (c) => c.notNull().defaultTo(0)) // fencing token: only grows
    .addColumn('failures', 'integer', (c) => c.notNull().defaultTo(0)) // a redrive sets it to 0
    .addColumn('crashes', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('blockers', 'integer', (c) => c.notNull().defaultTo(0)) // unfinished dependencies; 0: not blocked
    .addColumn('worker', ms) // holder while processing; the lease is on the worker's row
    .addColumn('cancel_at', ms) // a request that the holder obeys; the first reason wins
    .addColumn('cancel_signal', 'text')
    .addColumn('max_retries', 'integer') // NULL: the queue's, else the setting, read when it is used
    .addColumn('timeout_ms', ms)
    .addColumn('backoff_base', real)
    .addColumn('backoff_max_ms', ms)
    .addColumn('key', 'text') // key is shown; key_lock is NULLed at the end unless its scope is all
    .addColumn('key_lock', 'text')
    .addColumn('parent', ms) // the job that this one is a retry of
    .addColumn('batch', ms) // group of one enqueue or schedule
    .addColumn('cause', 'text') // of the last outcome
    .addColumn('progress', real)
    .addColumn('created_at', ms, (c) => c.notNull())
    .addColumn('changed_at', ms, (c) => c.notNull())
    .addColumn('started_at', ms)
    .addColumn('finished_at', ms)
    .execute();

  const index = (name: string) => db.schema.createIndex(name).on('jobs');
  await index('jobs_name').unique().column('name').where('name', 'is not', null).execute();
  await index('jobs_key').unique().column('key_lock').where('key_lock', 'is not', null).execute();
  await index('jobs_ready') // one seek a lane; literals, so that the planner can match the claim's own text
    .columns(['queue', 'type', 'priority desc', 'number'])
    .where(sql<boolean>`state = 'pending' and wake_at is null`)
    .execute();
  await index('jobs_wake').column('wake_at').where('wake_at', 'is not', null).execute(); // min() is the timer
  await index('jobs_expire').column('expires_at').where('expires_at', 'is not', null).execute();
  await index('jobs_running').column('worker').where(sql<boolean>`state = 'processing'`).execute();
  await index('jobs_ended').columns(['state', 'finished_at']).where('finished_at', 'is not', null).execute();
  await index('jobs_lane').columns(['queue', 'type', 'state', 'number']).execute(); // lists by any of these, lane by lane
  await index('jobs_batch').column('batch').where('batch', 'is not', null).execute();

  await db.schema
    .createTable('specs') // written once
    .addColumn('job', ms, (c) => c.primaryKey())
    .addColumn('payload', bytes, (c) => c.notNull())
    .addColumn('context', ms)
    .addColumn('env', 'text')
    .execute();
  await db.schema
    .createTable('contexts') // a million jobs of one shell share one row
    .addColumn('number', ms, dialect.autoNumber)
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('host', 'text', (c) => c.notNull())
    .addColumn('uid', 'integer')
    .addColumn('cwd', 'text')
    .addColumn('umask', 'integer')
    .addColumn('env', 'text', (c) => c.notNull())
    .addColumn('used_at', ms, (c) => c.notNull())
    .execute();
}

async function runTables(db: Kysely<Tables>, dialect: StoreDialect): Promise<void> {
  const { ms, bytes } = dialect.types;
  const attempts = db.schema
    .createTable('attempts')
    .addColumn('job', ms, (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('worker', ms, (c) => c.notNull())
    .addColumn('runner', 'text') // identity of the slot's launcher: known at claim, so adoption needs no second commit
    .addColumn('started_at', ms, (c) => c.notNull())
    .addColumn('finished_at', ms)
    .addColumn('run_ms', ms) // from the monotonic clock (F22)
    .addColumn('outcome', 'text')
    .addColumn('exit_code', 'integer')
    .addColumn('signal', 'text')
    .addColumn('cause', 'text')
    .addColumn('detail', 'text')
    .addColumn('counted', 'integer') // did it spend a retry
    .addColumn('output_bytes', ms)
    .addColumn('output_file', 'text')
    .addColumn('result', 'text')
    .addPrimaryKeyConstraint('attempts_key', ['job', 'attempt']);
  await keyed(attempts, dialect).execute();
  await db.schema
    .createTable('outputs') // with a rowid: big blobs; bytes, not text
    .addColumn('job', ms, (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('stream', 'integer', (c) => c.notNull())
    .addColumn('head', bytes)
    .addColumn('tail', bytes)
    .addColumn('cut_bytes', ms, (c) => c.notNull())
    .addPrimaryKeyConstraint('outputs_key', ['job', 'attempt', 'stream'])
    .execute();
  await db.schema
    .createTable('events') // what people do; claims and endings stand in attempts; change + before: undo
    .addColumn('number', ms, dialect.autoNumber)
    .addColumn('job', ms, (c) => c.notNull())
    .addColumn('at', ms, (c) => c.notNull())
    .addColumn('what', 'text', (c) => c.notNull())
    .addColumn('who', 'text', (c) => c.notNull())
    .addColumn('change', ms)
    .addColumn('before', 'text')
    .execute();
  await db.schema.createIndex('events_job').on('events').columns(['job', 'number']).execute();
  await db.schema.createIndex('events_change').on('events').column('change').where('change', 'is not', null).execute();
}

async function counterTables(db: Kysely<Tables>, dialect: StoreDialect): Promise<void> {
  const { ms } = dialect.types;
  const counts = db.schema
    .createTable('counts') // also the list of lanes; a shard may be negative, their sum may not
    .addColumn('queue', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('shard', 'integer', (c) => c.notNull())
    .addColumn('n', ms, (c) => c.notNull())
    .addPrimaryKeyConstraint('counts_key', ['queue', 'type', 'state', 'shard']);
  await keyed(counts, dialect).execute();
  const rollup = db.schema
    .createTable('rollup') // bucket = floor(4 * log2(run_ms + 1)): quantiles and charts without reading attempts
    .addColumn('minute', ms, (c) => c.notNull())
    .addColumn('queue', 'text', (c) => c.notNull())
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('outcome', 'text', (c) => c.notNull())
    .addColumn('bucket', 'integer', (c) => c.notNull())
    .addColumn('shard', 'integer', (c) => c.notNull())
    .addColumn('n', ms, (c) => c.notNull())
    .addColumn('run_ms', ms, (c) => c.notNull())
    .addColumn('wait_ms', ms, (c) => c.notNull())
    .addPrimaryKeyConstraint('rollup_key', ['minute', 'queue', 'type', 'outcome', 'bucket', 'shard']);
  await keyed(rollup, dialect).execute();
  const requests = db.schema
    .createTable('requests') // an enqueue whose commit is unknown asks here; kept a day
    .addColumn('token', 'text', (c) => c.primaryKey())
    .addColumn('at', ms, (c) => c.notNull())
    .addColumn('first', ms, (c) => c.notNull())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addColumn('numbers', 'text'); // NULL: they follow each other from the first
  await keyed(requests, dialect).execute();
  await db.schema
    .createTable('settings') // also what the store says about itself, under store.*
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .addColumn('changed_at', ms, (c) => c.notNull())
    .addColumn('who', 'text')
    .execute();
}

async function workerTables(db: Kysely<Tables>, dialect: StoreDialect): Promise<void> {
  const { ms, real } = dialect.types;
  await db.schema
    .createTable('workers')
    .addColumn('number', ms, dialect.autoNumber)
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('host', 'text', (c) => c.notNull()) // boot id + PID namespace
    .addColumn('host_name', 'text', (c) => c.notNull())
    .addColumn('pool', 'text', (c) => c.notNull())
    .addColumn('slot', 'integer', (c) => c.notNull())
    .addColumn('pid', 'integer', (c) => c.notNull())
    .addColumn('pid_start', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('queues', 'text', (c) => c.notNull())
    .addColumn('types', 'text', (c) => c.notNull())
    .addColumn('concurrency', 'integer', (c) => c.notNull())
    .addColumn('started_at', ms, (c) => c.notNull())
    .addColumn('ready_at', ms)
    .addColumn('seen_at', ms, (c) => c.notNull())
    .addColumn('lease_until', ms, (c) => c.notNull())
    .addColumn('stop', 'text')
    .addColumn('stop_by', ms)
    .addColumn('cpu_ms', ms)
    .addColumn('rss_bytes', ms)
    .addColumn('done', ms, (c) => c.notNull().defaultTo(0))
    .addColumn('failed', ms, (c) => c.notNull().defaultTo(0))
    .addColumn('ended_at', ms)
    .execute();
  await db.schema // "exactly once per slot" is an index, not a hope
    .createIndex('workers_place')
    .unique()
    .on('workers')
    .columns(['host', 'pool', 'slot'])
    .where(sql<boolean>`ended_at is null`)
    .execute();
  await db.schema
    .createIndex('workers_lease')
    .on('workers')
    .column('lease_until')
    .where(sql<boolean>`ended_at is null`)
    .execute();
  await db.schema
    .createTable('pools')
    .addColumn('host', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('size', 'integer', (c) => c.notNull())
    .addColumn('wanted', 'text', (c) => c.notNull())
    .addColumn('options', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('crashes', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('retry_at', ms)
    .addPrimaryKeyConstraint('pools_key', ['host', 'name'])
    .execute();
  await db.schema
    .createTable('queues')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('paused_at', ms)
    .addColumn('paused_by', 'text')
    .addColumn('max_running', 'integer')
    .addColumn('rate_n', 'integer')
    .addColumn('rate_ms', ms)
    .addColumn('max_retries', 'integer')
    .addColumn('timeout_ms', ms)
    .addColumn('backoff_base', real)
    .execute();
}

/** A table whose primary key is its whole access path. */
function keyed<T extends string, C extends string>(table: CreateTableBuilder<T, C>, dialect: StoreDialect) {
  return dialect.withoutRowid ? table.modifyEnd(dialect.withoutRowid) : table;
}
