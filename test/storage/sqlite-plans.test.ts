// Beside a hundred thousand jobs, nothing that is done often reads them all: the plans of the statements themselves.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { JOB_STATES } from '../../src/job/job.js';
import { SORTS } from '../../src/storage/jobs.js';
import { openDatabase } from '../../src/storage/open-database.js';
import { ended, exit3, newWorker, ok, Stores } from './backend.js';
import { START } from './open-backend.js';

interface Executed {
  sql: string;
  values: unknown[];
}

const executed: Executed[] = [];
let now = START + 3_600_000;
let folder: string;
let stores: Stores;
let explainer: BetterSqlite3.Database;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'queuectl-test-'));
  const location = join(folder, 'queue.db');
  await (await openDatabase(location)).close();
  explainer = new BetterSqlite3(location);
  fill(explainer);
  overhear();
  const database = await openDatabase(location, { clock: () => now });
  stores = new Stores(
    database,
    (ms) => {
      now += ms;
    },
    () => openDatabase(location),
  );
});

afterAll(async () => {
  vi.restoreAllMocks();
  explainer.close();
  await stores.database.close();
  rmSync(folder, { recursive: true });
});

/** 100,000 jobs: most have ended, many wait for their time, in a paused queue, or for a type that nobody serves. */
function fill(raw: BetterSqlite3.Database): void {
  raw.exec(`
    insert into jobs (name, queue, type, state, priority, run_at, wake_at, attempt, created_at, changed_at, finished_at, cause)
      with recursive n (i) as (select 1 union all select i + 1 from n where i < 100000)
      select case when i % 10 = 0 then 'job' || i end,
        case when i % 20 = 3 then 'paused' else 'q' || i % 3 end,
        case when i % 20 = 4 then 'http' else 'shell' end,
        case when i % 20 in (3, 4, 5) then 'pending' when i % 20 = 6 then 'pending' when i = 50007 then 'failed'
          when i % 1000 = 8 then 'dead' else 'completed' end,
        i % 5, ${START}, case when i % 20 = 6 then ${START} + 90000000 when i = 50007 then ${START} end, 0, ${START}, ${START},
        case when i % 20 in (3, 4, 5, 6) or i = 50007 then null else ${START} + i end,
        case when i % 1000 = 8 then 'exit:1' end
      from n;
    insert into specs (job, payload) select number, cast('{"command":"true"}' as blob) from jobs;
    insert into attempts (job, attempt, worker, started_at, finished_at)
      select number, 1, 1, ${START}, ${START} from jobs where finished_at is not null;
    insert into counts (queue, type, state, shard, n) select queue, type, state, 0, count(*) from jobs group by 1, 2, 3;
    insert into queues (name, paused_at) values ('paused', ${START});
  `);
}

/** Writes down what is executed, with its values: the driver itself is left as it is. */
function overhear(): void {
  const prepare = BetterSqlite3.prototype.prepare;
  vi.spyOn(BetterSqlite3.prototype, 'prepare').mockImplementation(function (this: BetterSqlite3.Database, sql: string) {
    const statement = prepare.call(this, sql);
    for (const name of ['all', 'run'] as const) {
      const method = statement[name].bind(statement) as (values?: unknown[]) => never;
      statement[name] = (values?: unknown[]) => {
        if (/^(select|insert|update|delete|with)\b/.test(sql)) executed.push({ sql, values: values ?? [] });
        return values === undefined ? method() : method(values);
      };
    }
    return statement;
  } as typeof prepare);
}

interface Step {
  detail: string;
  sql: string;
}

/** The plans of all that is executed meanwhile. */
async function plansOf(work: () => Promise<unknown>): Promise<Step[]> {
  executed.length = 0;
  await work();
  const heard = [...executed];
  expect(heard.length).toBeGreaterThan(0);
  const seen = new Map(heard.map((statement) => [statement.sql, statement]));
  return [...seen.values()].flatMap(({ sql, values }) => {
    const rows = explainer.prepare(`explain query plan ${sql}`).all(values) as { detail: string }[];
    return rows.map(({ detail }) => ({ detail, sql }));
  });
}

/** These indexes hold only jobs that run, or that wait for a time. */
const SMALL = /USING (COVERING )?INDEX (jobs_running|jobs_wake)\b/;

function wasteful(steps: Step[], allowed = /^$/): Step[] {
  const reads = steps.filter(
    ({ detail }) => /^SCAN (jobs|specs|attempts|outputs|events)\b/.test(detail) && !SMALL.test(detail),
  );
  const sorts = steps.filter(
    ({ detail, sql }) => /USE TEMP B-TREE FOR (?!DISTINCT)/.test(detail) && !/from "(counts|workers|rollup)"/.test(sql),
  );
  return [...reads, ...sorts].filter(({ detail }) => !allowed.test(detail));
}

async function turnOfAWorker(): Promise<void> {
  const worker = await stores.worker();
  const claims = await stores.claim(worker, 3);
  expect(claims).toHaveLength(3);
  await stores.turn(
    worker,
    claims.map((claim, i) => ended(claim, i ? ok : exit3)),
    3,
  );
}

test('the jobs are as meant', () => {
  const states = explainer.prepare('select state, count(*) from jobs group by state order by state').raw().all();
  expect(states).toEqual([
    ['completed', 79899],
    ['dead', 100],
    ['failed', 1],
    ['pending', 20000],
  ]);
});

test('F56 a worker claims by one seek a lane, in the order of the index', async () => {
  const steps = await plansOf(turnOfAWorker);
  expect(wasteful(steps)).toEqual([]);
  const seeks = steps.filter(({ sql }) => /^select "number", "priority" from "jobs"/.test(sql));
  expect(seeks.map(({ detail }) => detail)).toEqual(['SEARCH jobs USING INDEX jobs_ready (queue=? AND type=?)']);
});

test('what is due or has expired, and the next time that one is, come from the indexes of waiting jobs', async () => {
  await stores.enqueue({ name: 'due', when: { inMs: 1 } }, { name: 'expired', expiresInMs: 1 });
  stores.advance(1);
  const steps = await plansOf(turnOfAWorker);
  const byTime = steps.filter(
    ({ sql, detail }) => /^select .*("(wake|expires)_at" <=|min\()/.test(sql) && / jobs /.test(detail),
  );
  const indexes = byTime.map(({ detail }) => /^SEARCH jobs USING (COVERING )?INDEX (\w+)/.exec(detail)?.[2]);
  expect(indexes.sort()).toEqual(['jobs_expire', 'jobs_expire', 'jobs_wake', 'jobs_wake']);
  expect(wasteful(steps)).toEqual([]);
});

test.each([
  ['enqueueing', () => stores.enqueue({ name: 'new' }, {})],
  ['enqueueing with a key', () => stores.enqueue({ key: 'k', keyScope: 'all', name: 'keyed', ifExists: 'skip' })],
  ['replacing a job', () => stores.enqueue({ key: 'k', ifExists: 'replace' })],
  ['looking for expired jobs', () => stores.expiry.sweep()],
  ['looking for one job by its id', () => stores.jobs.find('job50000')],
  ['looking for one job by its number', () => stores.jobs.find('50000')],
  ['looking at its attempts', () => stores.jobs.attempts(50_000)],
  ['looking at its events', () => stores.jobs.events(50_000)],
  ['looking at its output', () => stores.jobs.outputs(50_000, 1)],
  ['listing running jobs', () => stores.jobs.running()],
  ['finding orphans', () => stores.runs.orphans()],
  ['moving retries back', () => stores.runs.moveRetriesBack()],
  ['looking for requests to cancel', () => stores.cancels.requests(1)],
  ['finding who started what runs', () => stores.runs.startersOfRunning()],
  ['pruning ended jobs', () => stores.prune.endedJobs(['completed', 'cancelled', 'dead'], 3_500_000)],
  ['looking at a pool', () => stores.pools.find('boot/ns', 'default')],
  ['asking a worker to stop', () => stores.stops.ask(1, 'drain', { shrinks: true })],
  ['registering a worker', () => stores.workers.register(newWorker())],
])('%s reads only what it shows', async (_, work) => {
  expect(wasteful(await plansOf(work))).toEqual([]);
});

test('putting jobs back and removing them go by number', async () => {
  const dead = await stores.jobs.list({ states: ['dead'] }, { limit: 2 });
  const numbers = dead.map((job) => job.number);
  expect(wasteful(await plansOf(() => stores.redrive(numbers)))).toEqual([]);
  expect(wasteful(await plansOf(() => stores.cancel(numbers)))).toEqual([]);
  expect(wasteful(await plansOf(() => stores.remove(numbers, ['cancelled'])))).toEqual([]);
});

test.each(JOB_STATES)('listing %s jobs, either way round, reads only what it shows', async (state) => {
  for (const descending of [false, true]) {
    const steps = await plansOf(() => stores.jobs.list({ states: [state] }, { limit: 100, descending }));
    expect(wasteful(steps)).toEqual([]);
  }
});

test('listing by queue, by type, and everything by number reads only what it shows', async () => {
  for (const filter of [{ queue: 'q1' }, { type: 'http' }]) {
    expect(wasteful(await plansOf(() => stores.jobs.list(filter, { limit: 100 })))).toEqual([]);
  }
  const all = await plansOf(() => stores.jobs.list({}, { limit: 100 }));
  expect(wasteful(all, /^SCAN jobs$/)).toEqual([]); // in the order of the table, and the limit ends it
});

test('pruning outputs begins with the oldest, and its limit ends it', async () => {
  const steps = await plansOf(() => stores.prune.outputs(1));
  expect(wasteful(steps, /^SCAN outputs USING COVERING INDEX/)).toEqual([]);
});

test('the newest ended jobs come from their index', async () => {
  const page = { sort: 'finished_at', descending: true, limit: 100 } as const;
  expect(SORTS).toContain(page.sort);
  const steps = await plansOf(() => stores.jobs.list({ states: ['dead'] }, page));
  const onJobs = steps.filter(({ detail }) => detail.includes('jobs'));
  expect(onJobs.map(({ detail }) => detail)).toEqual([expect.stringContaining('INDEX jobs_ended')]);
});

test('other orders sort numbers, and read the payloads of what they show alone', async () => {
  for (const sort of SORTS.filter((one) => one !== 'number')) {
    const steps = await plansOf(() => stores.jobs.list({}, { sort, descending: true, limit: 100 }));
    const details = steps.map(({ detail }) => detail);
    expect(
      details.filter((detail) => /specs/.test(detail)),
      sort,
    ).toHaveLength(1);
    expect(
      details.some((detail) => /^LIST SUBQUERY/.test(detail)),
      details.join('; '),
    ).toBe(true);
  }
});
