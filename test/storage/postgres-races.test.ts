// Races that need several connections at once, each with its own transaction.
import { sql } from 'kysely';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CountChanges, readCounts } from '../../src/storage/counts.js';
import { storeJobs } from '../../src/storage/intake.js';
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import { preparedFor } from '../../src/storage/prepared.js';
import { removeStill } from '../../src/storage/removals.js';
import { newPostgresQueue } from '../postgres.js';
import { until } from '../sandbox.js';
import { ended, exit3, newJob, newToken, newWorker, ok, Stores } from './backend.js';

/** Several programs on one queue. */
async function programs(count: number): Promise<Stores[]> {
  const { url, remove } = newPostgresQueue();
  onTestFinished(remove);
  await prepareDatabase(url);
  const open = async () => {
    const database = await openDatabase(url);
    onTestFinished(() => database.close());
    return new Stores(
      database,
      () => {},
      () => openDatabase(url),
    );
  };
  return Promise.all(Array.from({ length: count }, open));
}

test('F56 eight workers that claim at once get each job once, never more than they asked for, and do not fail', async () => {
  const all = await programs(8);
  const [first] = all;
  for (let batch = 0; batch < 4; batch++) {
    await first!.enqueue(...Array.from({ length: 500 }, (_, i) => ({ queue: `q${i % 4}`, priority: i % 3 })));
  }
  const claimed: number[] = [];
  await Promise.all(
    all.map(async (stores, index) => {
      const worker = await stores.worker();
      for (;;) {
        const claims = await stores.claim(worker, index + 1);
        expect(claims.length).toBeLessThanOrEqual(index + 1);
        if (claims.length === 0) return;
        claimed.push(...claims.map(({ job }) => job.number));
      }
    }),
  );
  expect(claimed).toHaveLength(2000);
  expect(new Set(claimed).size).toBe(2000);
  const counts = await readCounts(first!.database.kysely);
  expect(counts.map(({ queue, state, n }) => `${queue} ${state} ${n}`).sort()).toEqual(
    [0, 1, 2, 3].map((queue) => `q${queue} processing 500`),
  );
});

test('a worker that looks while another one claims does not miss the jobs that are left', async () => {
  const [one, two] = await programs(2);
  await one!.enqueue({ queue: 'a' }, { queue: 'b' }, { queue: 'a' }, { queue: 'b' });
  const [first, second] = [await one!.worker(), await two!.worker()];
  let others = 0;
  // The first has chosen a job of each queue, and has not committed yet.
  const transaction = one!.database.transaction.bind(one!.database);
  vi.spyOn(one!.database, 'transaction').mockImplementationOnce((work) =>
    transaction(async (tx) => {
      const result = await work(tx);
      others = (await two!.claim(second, 4)).length;
      return result;
    }),
  );
  expect(await one!.claim(first, 2)).toHaveLength(2);
  expect(others).toBe(2);
});

test('turns, cancels, retries and removals of the same jobs wait for each other in one order', async () => {
  const all = await programs(6);
  const [first] = all;
  const numbers = await first!.enqueue(
    ...Array.from({ length: 60 }, (_, i) => ({ queue: `q${i % 3}`, backoffBase: 0, maxRetries: 50 })),
  );
  const shuffled = () => [...numbers].sort(() => Math.random() - 0.5);
  const started = performance.now();
  let failures = 0;
  const failed = (error: { exitCode?: number }) => {
    if (error.exitCode !== 4 && error.exitCode !== 3) failures++; // refused for its state, as it should be
  };
  const work = async (stores: Stores) => {
    let worker = await stores.worker();
    while (worker % stores.database.dialect.shards !== 0) worker = await stores.worker(); // all write the same counters
    let running: ReturnType<typeof ended>[] = [];
    while (performance.now() - started < 4000) {
      const { claims } = await stores.turn(worker, running.reverse(), 10);
      running = claims.map((claim, i) => ended(claim, i % 3 === 0 ? exit3 : ok));
    }
    await stores.turn(worker, running, 0);
  };
  const people = async (stores: Stores) => {
    while (performance.now() - started < 4000) {
      await stores.cancel(shuffled().slice(0, 5)).catch(failed);
      await stores.redrive(shuffled().slice(0, 3)).catch(failed);
      await removeStill(stores.database, shuffled().slice(0, 1), ['cancelled']).catch(failed);
      await stores.enqueue({ queue: 'q1' }, { queue: 'q0' }).catch(failed);
    }
  };
  await Promise.all([...all.slice(0, 4).map(work), ...all.slice(4).map(people)]);
  expect(failures).toBe(0);
  const counts = await readCounts(first!.database.kysely);
  const rows = await first!.database.kysely
    .selectFrom('jobs')
    .select(({ fn }) => ['queue', 'state', fn.countAll<number>().as('n')])
    .groupBy(['queue', 'state'])
    .execute();
  const told = (all: { queue: string; state: string; n: number }[]) =>
    all.map(({ queue, state, n }) => `${queue} ${state} ${n}`).sort();
  expect(told(counts)).toEqual(told(rows));
  const { rows: deadlocks } = await deadlocksOf(first!);
  expect(deadlocks).toEqual([{ n: 0 }]);
});

/** Those since the server was started. */
function deadlocksOf({ database }: Stores) {
  const count = database.kysely.fn.sum<number>('deadlocks' as never).as('n');
  return database.kysely
    .withoutPlugins()
    .selectFrom('pg_stat_database' as never)
    .select(count)
    .execute()
    .then((rows) => ({ rows }));
}

test('numbers that others interrupted are told by the token all the same', async () => {
  const all = await programs(4);
  const batch = Array.from({ length: 200 }, () => newJob());
  await until('numbers with a gap', async () => {
    const tokens = all.map(() => newToken());
    const insert = async ({ intake }: Stores, i: number) =>
      (await intake.insert(batch, tokens[i]!)).map(({ number }) => number);
    const numbers = await Promise.all(all.map(insert));
    expect(new Set(numbers.flat()).size).toBe(800);
    for (const [i, stores] of all.entries()) {
      expect(await insert(stores, i)).toEqual(numbers[i]);
    }
    return numbers.some((some) => some.at(-1)! - some[0]! !== some.length - 1);
  });
});

test('enqueuers of the same surroundings that are new to the queue share one row', async () => {
  const all = await programs(6);
  const context = { host: 'here', uid: 1, cwd: '/', umask: 0o22, env: { PATH: '/bin' } };
  await Promise.all(all.map((stores) => stores.enqueue({ context }, { context: { ...context, cwd: '/tmp' } })));
  expect(await all[0]!.database.kysely.selectFrom('contexts').selectAll().execute()).toHaveLength(2);
  expect(await all[0]!.jobs.list({}, { limit: 99 })).toHaveLength(12);
});

test('a pool of two takes two of eight that register at once for different places', async () => {
  const all = await programs(8);
  const options = { queues: null, concurrency: 1, foreground: false };
  await all[0]!.pools.set({ host: 'boot/ns', name: 'default', size: 2, wanted: 'running', options, version: '0.1.0' });
  const numbers = await Promise.all(all.map((stores) => stores.workers.register(newWorker())));
  expect(numbers.filter((number) => number !== undefined)).toHaveLength(2);
});

test('F27 times are those of the server, whatever the clock of this host shows', async () => {
  const [stores] = await programs(1);
  vi.spyOn(Date, 'now').mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
  const [number] = await stores!.enqueue({});
  const worker = await stores!.worker();
  const [claim] = await stores!.claim(worker);
  expect(claim!.job.number).toBe(number);
  const [living] = await stores!.workers.living();
  for (const at of [claim!.job.createdAt, claim!.job.startedAt!, living!.seenAt]) expect(at).toBeGreaterThan(1.7e12);
  expect(claim!.job.startedAt).toBeGreaterThanOrEqual(claim!.job.createdAt);
  expect(living!.leaseOver).toBe(false);
});

test('an enqueue wakes whoever may rest, and nobody while all are busy', async () => {
  const [stores, listener] = await programs(2);
  const heard = vi.fn();
  onTestFinished(listener!.database.onWake(heard));
  await until('the listener', () => heard.mock.calls.length === 1);
  const worker = await stores!.worker();
  stores!.database.wake('resting');
  await until('the first wake-up', () => heard.mock.calls.length === 2);
  await stores!.enqueue({}, {});
  await until('that of the enqueue', () => heard.mock.calls.length === 3);
  const [claim] = await stores!.claim(worker);
  stores!.database.wake('resting'); // nobody has a slot left
  stores!.database.wake('everybody');
  await until('that of everybody', () => heard.mock.calls.length === 4);
  await stores!.turn(worker, [ended(claim!, ok)], 0);
  stores!.database.wake('resting');
  await until('that of a slot that is free', () => heard.mock.calls.length === 5);
});

test('a key for good is not given to a second job when the first one came and ended in between', async () => {
  const [one, two] = await programs(2);
  let second: Promise<number[]> | undefined;
  const first = await one!.database.transaction(async (tx) => {
    const [stored] = await storeJobs(tx, one!.database, [newJob({ key: 'k' })], new CountChanges());
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
    second = two!.enqueue({ key: 'k', keyScope: 'all' }); // it has looked, and waits for what becomes of the other one
    second.catch(() => {});
    await until('it to wait', async () => {
      const waiting = sql`select pid from pg_stat_activity where ${rows[0]!.pid}::int = any(pg_blocking_pids(pid))`;
      return (await waiting.execute(two!.database.kysely)).rows.length > 0;
    });
    await tx.updateTable('jobs').set({ state: 'completed', key_lock: null }).execute();
    return stored!.number;
  });
  await expect(second).rejects.toThrow(`job ${first} (completed) has the key "k"`);
  expect(await two!.jobs.list({}, { limit: 9 })).toMatchObject([{ number: first }]);
});

test('a statement whose answer nobody waits for fails its whole transaction, and at the commit at the latest', async () => {
  const [stores] = await programs(1);
  const { database } = stores!;
  const request = preparedFor<{ token: string }, never>(
    ({ kysely, now }, { token }) =>
      kysely.insertInto('requests').values({ token, at: now, first: 1, count: 1, numbers: null }).$castTo<never>(),
    'nothing',
  );
  const tokens = () => database.kysely.selectFrom('requests').select('token').execute();
  await request(database, { token: 'taken' }, database.kysely);
  const atCommit = database.transaction(async (tx) => {
    await request(database, { token: 'new' }, tx);
    await request(database, { token: 'taken' }, tx);
  });
  await expect(atCommit).rejects.toMatchObject({ code: '23505' });
  const before = database.transaction(async (tx) => {
    await request(database, { token: 'taken' }, tx);
    await tx.selectFrom('jobs').select('number').execute();
  });
  await expect(before).rejects.toMatchObject({ code: '23505' });
  expect(await tokens()).toEqual([{ token: 'taken' }]);
  await database.transaction((tx) => request(database, { token: 'new' }, tx));
  expect(await tokens()).toHaveLength(2);
});

test('a queue is created while others make and drop tables in the same database', async () => {
  const neighbours = Array.from({ length: 3 }, () => newPostgresQueue());
  let over = false;
  const restless = neighbours.map(async ({ query, schema }) => {
    while (!over) {
      const tables = Array.from({ length: 20 }, (_, n) => `create table ${schema}.t${n} (a int, b int, c int);`).join(
        ' ',
      );
      await query(`create schema ${schema}; ${tables}`);
      await query(`drop schema ${schema} cascade`);
    }
  });
  try {
    for (let round = 0; round < 10; round++) {
      const { url, remove } = newPostgresQueue();
      onTestFinished(remove);
      expect(await prepareDatabase(url)).toMatchObject({ created: true });
    }
  } finally {
    over = true;
    await Promise.all(restless);
  }
});
