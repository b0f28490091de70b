// Compares the ledger with the database when a campaign is over: nothing lost, nothing twice, no overlap.
import BetterSqlite3 from 'better-sqlite3';
import { type LedgerLine, ledgerViolations } from '../ledger.js';
import type { TortureJob } from './jobs.js';

interface JobRecord {
  number: number;
  name: string;
  state: string;
  attempt: number;
  failures: number;
  crashes: number;
  max_retries: number;
  timeout_ms: number | null;
  cause: string | null;
}

interface AttemptRecord {
  attempt: number;
  outcome: string | null;
  exit_code: number | null;
  cause: string | null;
}

/** An end that the ledger knows but whose shell was killed before it could tell. */
const UNTOLD = ['worker_lost', 'signal:SIGKILL', 'timeout'];

export interface Evidence {
  /** Path of the database. */
  file: string;
  lines: readonly LedgerLine[];
  /** Jobs whose enqueueing was acknowledged. */
  acknowledged: readonly TortureJob[];
  /** Only workers were killed: whatever had started must have been followed to its end. */
  workersOnly: boolean;
}

export function judge({ file, lines, acknowledged, workersOnly }: Evidence): string[] {
  const db = new BetterSqlite3(file, { readonly: true });
  try {
    const jobs = db.prepare<[], JobRecord>('select * from jobs').all();
    const byName = new Map(jobs.map((job) => [job.name, job]));
    const attemptsOf = db.prepare<[number], AttemptRecord>('select * from attempts where job = ? order by attempt');
    const ledgerOf = new Map<string, LedgerLine[]>();
    for (const line of lines) ledgerOf.set(line.job, [...(ledgerOf.get(line.job) ?? []), line]);
    const lost = acknowledged.filter(({ request }) => !byName.has(request.id));
    const wrong = acknowledged.filter(
      ({ request, ends }) => byName.has(request.id) && !ends.includes(byName.get(request.id)!.state),
    );
    return [
      ...lost.map(({ request }) => `lost: ${request.id} was acknowledged and is not there`),
      ...wrong.map(
        ({ request, ends }) => `${request.id} is ${byName.get(request.id)!.state}, not ${ends.join(' or ')}`,
      ),
      ...ledgerViolations(lines),
      ...jobs.flatMap((job) => judgeJob(job, attemptsOf.all(job.number), ledgerOf.get(job.name) ?? [])),
      ...(workersOnly ? jobs.flatMap((job) => judgeAdoption(job, attemptsOf.all(job.number), lines)) : []),
      ...judgeSums(db),
    ];
  } finally {
    db.close();
  }
}

function judgeJob(job: JobRecord, attempts: readonly AttemptRecord[], lines: readonly LedgerLine[]): string[] {
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
  claim(job.state !== 'dead' || job.failures > job.max_retries, `dead (${job.cause}) with retries left`);
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
function judgeAdoption(job: JobRecord, attempts: readonly AttemptRecord[], lines: readonly LedgerLine[]): string[] {
  if (job.timeout_ms) return [];
  return attempts
    .filter(({ cause }) => cause === 'worker_lost' || cause === 'signal:SIGKILL')
    .filter(({ attempt }) => lines.some((line) => line.job === job.name && line.attempt === attempt))
    .map(({ attempt, cause }) => `${job.name}: attempt ${attempt} had started and is ${cause}`);
}

/** What is kept beside the rows must say the same as the rows. */
function judgeSums(db: BetterSqlite3.Database): string[] {
  const number = (text: string) => db.prepare(text).pluck().get() as number;
  const rows = (text: string) => JSON.stringify(db.prepare(text).all());
  const integrity = db.pragma('integrity_check', { simple: true });
  const attempts = number('select count(*) from attempts');
  const rolledUp = number('select total(n) from rollup');
  const successes = number(`select count(*) from attempts where outcome = 'succeeded'`);
  const tallied = number('select total(done) from workers');
  const counted = rows(`select state, sum(n) as n from counts group by state having sum(n) <> 0 order by state`);
  const stored = rows(`select state, count(*) as n from jobs group by state order by state`);
  return [
    ...(integrity === 'ok' ? [] : [`integrity_check: ${integrity}`]),
    ...(attempts === rolledUp ? [] : [`${attempts} attempts, ${rolledUp} outcomes counted`]),
    ...(successes === tallied ? [] : [`${successes} successes, the workers counted ${tallied}`]),
    ...(counted === stored ? [] : [`the counters say ${counted}, the rows ${stored}`]),
  ];
}
