// Makes the rows that were saved of a damaged file agree with each other. What is in doubt is held, and does not run.
import type BetterSqlite3 from 'better-sqlite3';

export interface Mended {
  /** Numbers of jobs that did not come over, since what they should run is lost. */
  withoutPayload: number[];
  /** Of which only the payload is left: they are held, as nobody knows whether they have run. */
  withoutRow: number[];
  /** Held because their surroundings are lost, or because what was found of them may be out of date. */
  inDoubt: number[];
}

export interface Found {
  trusted: boolean;
  loose: readonly number[];
  sequences: ReadonlyMap<string, number>;
}

const BELONGING = ['attempts', 'outputs', 'steps', 'events', 'specs'];

export function mend(target: BetterSqlite3.Database, { trusted, loose, sequences }: Found): Mended {
  const numbers = (text: string) => target.prepare(text).pluck().all() as number[];
  const now = Date.now();
  const withoutPayload = numbers('select number from jobs where number not in (select job from specs)');
  target.exec('delete from jobs where number not in (select job from specs)');

  const withoutRow = numbers(`select job from specs where job not in (select number from jobs)
    and (json_extract(cast(payload as text), '$.command') is not null
      or json_extract(cast(payload as text), '$.argv') is not null)`);
  const revive = target.prepare(`insert into jobs (number, queue, type, state, run_at, attempt, created_at, changed_at)
    select :job, 'default', 'shell', 'held', :now, coalesce(max(attempt), 0), :now, :now from attempts where job = :job`);
  for (const job of withoutRow) revive.run({ job, now });

  const hold = `update jobs set state = 'held', wake_at = null, changed_at = ${now}
    where state in ('pending', 'failed')`;
  const inDoubt = numbers(`${hold} and number in (select job from specs where context is not null
    and context not in (select number from contexts)) returning number`);
  const holdOne = target.prepare(`${hold} and number = ? returning number`).pluck();
  if (!trusted) for (const job of loose) inDoubt.push(...(holdOne.all(job) as number[]));

  for (const table of BELONGING) target.exec(`delete from ${table} where job not in (select number from jobs)`);
  target.exec('update specs set context = null where context not in (select number from contexts)');
  makeRecoverable(target, now);

  const known = target.prepare('select 1 from sqlite_sequence where name = ?');
  for (const [table, last] of sequences) {
    if (!known.get(table)) target.prepare('insert into sqlite_sequence (name, seq) values (?, 0)').run(table);
    target.prepare('update sqlite_sequence set seq = max(seq, ?) where name = ?').run(last, table);
  }
  return { withoutPayload, withoutRow, inDoubt };
}

/** A running job is recovered by way of its attempt and its worker: where those are lost, others that are over stand in. */
function makeRecoverable(target: BetterSqlite3.Database, now: number): void {
  target.exec(`insert or ignore into attempts (job, attempt, worker, started_at)
    select number, attempt, coalesce(worker, 0), coalesce(started_at, changed_at) from jobs where state = 'processing'`);
  target.exec(`update jobs set worker = 0 where state = 'processing' and worker is null`);
  target.exec(`insert or ignore into workers (number, name, host, host_name, pool, slot, pid, pid_start, version, state,
      queues, types, concurrency, started_at, seen_at, lease_until, ended_at)
    select distinct worker, 'lost', 'lost/0', 'lost', 'lost', worker, 0, '', '', 'stopping', 'null', '[]', 1, 0, 0, 0, ${now}
    from (select jobs.worker from jobs where state = 'processing'
      union select attempts.worker from attempts join jobs on jobs.number = attempts.job and jobs.attempt = attempts.attempt
      where jobs.state = 'processing')
    where worker not in (select number from workers)`);
}
