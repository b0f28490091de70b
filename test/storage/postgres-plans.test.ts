// Beside 1,000,000 jobs, and whatever the server believes of its tables, what is done often reads only what it needs.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import { newPostgresQueue, type PostgresQueue } from '../postgres.js';
import { ended, exit3, ok, Stores } from './backend.js';

const JOBS = 1_000_000;

interface Executed {
  sql: string;
  values: unknown[];
}

const executed: Executed[] = [];
let queue: PostgresQueue;
let stores: Stores;

beforeAll(async () => {
  queue = newPostgresQueue();
  await prepareDatabase(queue.url);
  overhear();
  const database = await openDatabase(queue.url);
  stores = new Stores(
    database,
    () => {},
    () => openDatabase(queue.url),
  );
  // The server never looks by itself again, and takes these tables for nearly empty: that is how stale it gets.
  for (const table of ['jobs', 'specs', 'attempts', 'counts']) {
    await run(`alter table ${table} set (autovacuum_enabled = false)`);
  }
  await stores.enqueue({}, { queue: 'other' });
  await queue.query(`update ${queue.schema}.jobs set state = 'completed'`); // of an idle queue, before a burst
  await run('analyze jobs');
  await queue.query(`update ${queue.schema}.jobs set state = 'pending'`);
  await fill();
}, 300_000);

afterAll(async () => {
  vi.restoreAllMocks();
  await stores.database.close();
  await queue.remove();
});

function run(text: string): Promise<pg.QueryResult> {
  return queue.query(
    text.replaceAll(/\b(table|from|into|join|analyze) (jobs|specs|attempts|counts)\b/g, `$1 ${queue.schema}.$2`),
  );
}

/** Most have ended, many are ready, wait for their time, or are of a type that nobody serves. */
async function fill(): Promise<void> {
  await run(`insert into jobs (queue, type, state, priority, run_at, wake_at, attempt, created_at, changed_at, finished_at)
    select 'q' || i % 3, case when i % 20 = 4 then 'http' else 'shell' end,
      case when i % 20 in (3, 4, 5, 6) then 'pending' when i % 1000 = 8 then 'dead' else 'completed' end,
      i % 5, 1, case when i % 20 = 6 then 90000000000000 end, 0, 1, 1, case when i % 20 in (3, 4, 5, 6) then null else i end
    from generate_series(1, ${JOBS}) i`);
  await run(`insert into specs (job, payload) select number, '{"command":"true"}' from jobs where number > 2`);
  await run(`insert into attempts (job, attempt, worker, started_at, finished_at)
    select number, 1, 1, 1, 1 from jobs where finished_at is not null`);
  await run(`insert into counts (queue, type, state, shard, n)
    select queue, type, state, number % 16, count(*) from jobs where number > 2 group by 1, 2, 3, 4`);
}

/** Writes down what is executed, with its values. */
function overhear(): void {
  const query = pg.Client.prototype.query;
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...asked: never[]) {
    const [sql, values] = asked as unknown as [string, unknown[]];
    if (/^(select|insert|update|delete|with)\b/.test(sql)) executed.push({ sql, values: values ?? [] });
    return query.apply(this, asked as unknown as Parameters<typeof query>);
  } as typeof query);
}

interface Step {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Step[];
}

interface Plan {
  sql: string;
  steps: Step[];
}

async function plansOf(work: () => Promise<unknown>): Promise<Plan[]> {
  executed.length = 0;
  await work();
  const heard = new Map(executed.map((one) => [one.sql, one]));
  expect(heard.size).toBeGreaterThan(0);
  const plans = [];
  for (const { sql, values } of heard.values()) {
    const { rows } = await queue.query(`explain (format json) ${sql}`, values);
    plans.push({ sql, steps: flat(rows[0]['QUERY PLAN'][0].Plan) });
  }
  return plans;
}

function flat(step: Step): Step[] {
  return [step, ...(step.Plans ?? []).flatMap(flat)];
}

/** Reads of whole tables, and sorts of jobs. */
function wasteful(plans: Plan[]): string[] {
  return plans.flatMap(({ sql, steps }) =>
    steps
      .filter(
        (step) =>
          (step['Node Type'] === 'Seq Scan' && /^(jobs|specs|attempts|outputs|events)$/.test(step['Relation Name']!)) ||
          (step['Node Type'].endsWith('Sort') && /from "\w+"\."jobs"/.test(sql)),
      )
      .map((step) => `${step['Node Type']} of ${step['Relation Name']}: ${sql}`),
  );
}

async function turns(): Promise<void> {
  const worker = await stores.worker();
  const claims = await stores.claim(worker, 3);
  expect(claims).toHaveLength(3);
  const { claims: more } = await stores.turn(
    worker,
    claims.map((claim, i) => ended(claim, i ? ok : exit3)),
    3,
  );
  expect(more).toHaveLength(3);
}

describe.each(['stale', 'fresh'])('with %s statistics', (kind) => {
  beforeAll(async () => {
    if (kind === 'fresh') for (const table of ['jobs', 'specs', 'attempts', 'counts']) await run(`analyze ${table}`);
  });

  test('F56 a turn seeks each lane by the index of ready jobs, and takes what it asked for', async () => {
    const plans = await plansOf(turns);
    expect(wasteful(plans)).toEqual([]);
    const seeks = plans.filter(({ sql }) => /^select "number", "priority" from/.test(sql));
    expect(seeks.length).toBeGreaterThan(0);
    for (const { steps } of seeks) expect(steps.at(-1)).toMatchObject({ 'Index Name': 'jobs_ready' });
  });

  test('a turn marks by the numbers, and does not read all ready jobs for it', async () => {
    const plans = await plansOf(turns);
    const marks = plans.filter(({ sql }) => /^update "\w+"\."jobs" set .*"attempt" = attempt/.test(sql));
    expect(marks).toHaveLength(1);
    const used = marks[0]!.steps.map((step) => step['Index Name']).filter((name) => name !== undefined);
    expect(used).toEqual(['jobs_pkey']);
  });

  test.each([
    ['enqueueing', () => stores.enqueue({ name: `new-${kind}` }, {})],
    ['looking for one job by its id', () => stores.jobs.find('job50000')],
    ['looking for one job by its number', () => stores.jobs.find('50000')],
    ['looking at its attempts', () => stores.jobs.attempts(50_000)],
    ['looking at its output', () => stores.jobs.outputs(50_000, 1)],
    ['listing running jobs', () => stores.jobs.running()],
    ['finding orphans', () => stores.runs.orphans()],
    ['looking for requests to cancel', () => stores.cancels.requests(1)],
  ])('%s reads only what it shows', async (_, work) => {
    expect(wasteful(await plansOf(work))).toEqual([]);
  });
});
