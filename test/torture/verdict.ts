// Compares the ledger with the database when a campaign is over: nothing lost, nothing twice, no overlap.
import { type Selectable, sql } from 'kysely';
import { readCounts } from '../../src/storage/counts.js';
import type { Database } from '../../src/storage/database.js';
import type { AttemptsTable, JobRow } from '../../src/storage/schema.js';
import { type LedgerLine, ledgerViolations } from '../ledger.js';
import type { TortureJob } from './jobs.js';

type AttemptRow = Selectable<AttemptsTable>;

/** An end that the ledger knows but whose shell was killed before it could tell. */
const UNTOLD = ['worker_lost', 'signal:SIGKILL', 'timeout'];

export interface Evidence {
  database: Database;
  lines: readonly LedgerLine[];
  /** Jobs whose enqueueing was acknowledged. */
  acknowledged: readonly TortureJob[];
  /** Only workers were killed: whatever had started must have been followed to its end. */
  workersOnly: boolean;
}

export async function judge({ database, lines, acknowledged, workersOnly }: Evidence): Promise<string[]> {
  const jobs = await database.kysely.selectFrom('jobs').selectAll().execute();
  const attempts = await database.kysely.selectFrom('attempts').selectAll().orderBy('attempt').execute();
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const attemptsOf = grouped(attempts, ({ job }) => job);
  const ledgerOf = grouped(lines, ({ job }) => job);
  const lost = acknowledged.filter(({ request }) => !byName.has(request.id));
  const wrong = acknowledged.filter(
    ({ request, ends }) => byName.has(request.id) && !ends.includes(byName.get(request.id)!.state),
  );
  return [
    ...lost.map(({ request }) => `lost: ${request.id} was acknowledged and is not there`),
    ...wrong.map(({ request, ends }) => `${request.id} is ${byName.get(request.id)!.state}, not ${ends.join(' or ')}`),
    ...ledgerViolations(lines),
    ...jobs.flatMap((job) => judgeJob(job, attemptsOf.get(job.number) ?? [], ledgerOf.get(job.name!) ?? [])),
    ...(workersOnly ? jobs.flatMap((job) => judgeAdoption(job, attemptsOf.get(job.number) ?? [], lines)) : []),
    ...(await judgeSums(database, jobs, attempts)),
  ];
}

function judgeJob(job: JobRow, attempts: readonly AttemptRow[], lines: readonly LedgerLine[]): string[] {
  const found: string[] = [];
  const claim = (holds: boolean, what: string) => holds || found.push(`${job.name}: ${what}`);
  const count = (...outcomes: string[]) => attempts.filter(({ outcome }) => outcomes.includes(outcome!)).length;
  claim(
    attempts.every(({ attempt }, index) => attempt === index + 1),
    'the numbers of its attempts have a gap',
  );
  claim(attempts.length === job.attempt, `${attempts.length} attempts recorded, the last is ${job.attempt}`);
  claim(
    attempts.every(({ outcome }) => outcome !== null),
    'an attempt has no outcome',
  );
  claim(job.failures === count('failed', 'timed_out'), `failures is ${job.failures}`);
  claim(job.crashes === count('lost'), `crashes is ${job.crashes}`);
  claim(
    count('succeeded') === (job.state === 'completed' ? 1 : 0),
    `${job.state}, but ${count('succeeded')} successes`,
  );
  claim(job.state !== 'completed' || attempts.at(-1)!.outcome === 'succeeded', 'its last attempt did not succeed');
  claim(job.state !== 'dead' || job.failures > job.max_retries!, `dead (${job.cause}) with retries left`);
  for (const { attempt, outcome, exit_code, cause } of attempts) {
    const end = lines.find((line) => line.attempt === attempt && line.what === 'end');
    if (end) {
      const told = outcome === 'succeeded' ? 0 : exit_code;
      claim(UNTOLD.includes(cause!) || told === end.status, `attempt ${attempt} ended with ${end.status}: ${cause}`);
    } else {
      claim(outcome !== 'succeeded' && cause !== 'exit:3', `attempt ${attempt} is ${outcome} and never ended`);
    }
  }
  claim(
    lines.every((line) => line.attempt <= job.attempt),
    'the ledger has an attempt that was never recorded',
  );
  return found;
}

/**
 * A worker's death may cost an attempt that has not started, and no other; but one that was just being ended for its
 * timeout may have lost its shell with it.
 */
function judgeAdoption(job: JobRow, attempts: readonly AttemptRow[], lines: readonly LedgerLine[]): string[] {
  if (job.timeout_ms) return [];
  return attempts
    .filter(({ cause }) => cause === 'worker_lost' || cause === 'signal:SIGKILL')
    .filter(({ attempt }) => lines.some((line) => line.job === job.name && line.attempt === attempt))
    .map(({ attempt, cause }) => `${job.name}: attempt ${attempt} had started and is ${cause}`);
}

/** What is kept beside the rows must say the same as the rows. */
async function judgeSums(database: Database, jobs: readonly JobRow[], attempts: readonly AttemptRow[]) {
  const { kysely, dialect } = database;
  const [rolledUp, tallied] = await Promise.all([
    sumOf(kysely.selectFrom('rollup').select('n').where('outcome', '<>', 'waited').execute()),
    sumOf(kysely.selectFrom('workers').select('done as n').execute()),
  ]);
  const successes = attempts.filter(({ outcome }) => outcome === 'succeeded').length;
  const counts = await readCounts(kysely);
  const counted = sums(counts.map(({ state, n }) => [state, n]));
  const stored = sums(jobs.map(({ state }) => [state, 1]));
  return [
    ...(dialect.name === 'sqlite' ? await integrity(database) : []),
    ...(attempts.length === rolledUp ? [] : [`${attempts.length} attempts, ${rolledUp} outcomes counted`]),
    ...(successes === tallied ? [] : [`${successes} successes, the workers counted ${tallied}`]),
    ...(counted === stored ? [] : [`the counters say ${counted}, the rows ${stored}`]),
  ];
}

async function integrity({ kysely }: Database): Promise<string[]> {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(kysely);
  return rows.map((row) => row.integrity_check).filter((told) => told !== 'ok');
}

async function sumOf(rows: Promise<{ n: number }[]>): Promise<number> {
  return (await rows).reduce((sum, { n }) => sum + n, 0);
}

function sums(all: readonly (readonly [string, number])[]): string {
  const total = new Map<string, number>();
  for (const [state, n] of all) total.set(state, (total.get(state) ?? 0) + n);
  return JSON.stringify([...total].sort());
}

function grouped<V, K>(values: readonly V[], keyOf: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return groups;
}
