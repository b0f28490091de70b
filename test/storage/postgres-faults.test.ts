// PostgreSQL and the way to it fail: connections that break, commits whose answer is lost, a server that restarts.
import { expect, onTestFinished, test, vi } from 'vitest';
import { CommitUnknown } from '../../src/errors.js';
import { readCounts } from '../../src/storage/counts.js';
import type { Database } from '../../src/storage/database.js';
import { openDatabase, prepareDatabase } from '../../src/storage/open-database.js';
import { connect } from '../../src/storage/postgres.js';
import { readAddress } from '../../src/storage/postgres-address.js';
import { newPostgresQueue, ownServer, type PostgresQueue } from '../postgres.js';
import { PostgresProxy } from '../postgres-proxy.js';
import { until } from '../sandbox.js';
import { ended, ok, Stores } from './backend.js';

/** @param base the server, else that of all tests */
async function newQueue(base?: string): Promise<PostgresQueue> {
  const queue = newPostgresQueue(base);
  onTestFinished(() => queue.remove());
  await prepareDatabase(queue.url);
  return queue;
}

async function open(url: string): Promise<Database> {
  const database = await openDatabase(url);
  onTestFinished(() => database.close());
  return database;
}

async function openStores(url: string): Promise<Stores> {
  return new Stores(
    await open(url),
    () => {},
    () => open(url),
  );
}

/** Stores behind a proxy that can break things, and stores that see what really is. */
async function behindProxy() {
  const { url } = await newQueue();
  const proxy = await PostgresProxy.before(url);
  return { proxy, stores: await openStores(proxy.url), truth: await openStores(url) };
}

test.each(['answer lost', 'never sent'] as const)(
  'F54 an enqueue whose commit was in doubt (%s) is acknowledged, and stored once',
  async (fault) => {
    const { proxy, stores, truth } = await behindProxy();
    proxy.fail(fault);
    const numbers = await stores.enqueue({ name: 'a' }, {}, {});
    expect((await truth.jobs.list({}, { limit: 9 })).map((job) => job.number)).toEqual(numbers);
  },
);

test.each([
  { fault: 'answer lost', attempts: 2 },
  { fault: 'never sent', attempts: 1 },
] as const)(
  'F54 a turn whose commit was in doubt ($fault) is settled by (job, attempt)',
  async ({ fault, attempts }) => {
    const { proxy, stores, truth } = await behindProxy();
    await truth.enqueue({ name: 'ran' }, { name: 'next' });
    const worker = await stores.worker();
    const [claim] = await stores.claim(worker);
    const end = ended(claim!, ok);
    proxy.fail(fault);
    await expect(stores.turn(worker, [end], 1)).rejects.toBeInstanceOf(CommitUnknown);
    const { settled, claims } = await stores.turn(worker, [end], 1);
    expect(settled).toMatchObject([{ state: 'completed' }]);
    // Of a claim that was committed nobody knew: that attempt was given back, and spent no retry.
    expect(claims).toMatchObject([{ job: { id: 'next', attempt: attempts, failures: 0, crashes: 0 } }]);
    expect(await truth.workers.living()).toMatchObject([{ done: 1 }]);
    const counts = await readCounts(truth.database.kysely);
    expect(counts.map(({ state, n }) => `${state} ${n}`).sort()).toEqual(['completed 1', 'processing 1']);
    expect((await stores.turn(worker, [end], 0)).settled).toMatchObject([{ state: null }]);
  },
);

test('F54 what another worker recorded is lost, also to a turn in doubt', async () => {
  const { proxy, stores, truth } = await behindProxy();
  await truth.enqueue({ name: 'ran' });
  const worker = await stores.worker();
  const [claim] = await stores.claim(worker);
  proxy.fail('never sent');
  await expect(stores.turn(worker, [ended(claim!, ok)], 0)).rejects.toBeInstanceOf(CommitUnknown);
  await truth.turn(worker, [ended(claim!, { outcome: 'lost', cause: 'worker_lost' })], 0);
  expect((await stores.turn(worker, [ended(claim!, ok)], 0)).settled).toMatchObject([{ state: null }]);
  expect(await truth.jobs.find('ran')).toMatchObject({ state: 'pending', crashes: 1 });
});

test('F54 while connections are killed all the time, each job is done once and the counters are right', async () => {
  const { url, query, schema } = await newQueue();
  const workers = await Promise.all(Array.from({ length: 4 }, () => openStores(url)));
  const truth = await openStores(url);
  for (let batch = 0; batch < 12; batch++) await truth.enqueue(...Array.from({ length: 100 }, () => ({})));
  let over = false;
  let killed = 0;
  const kill = async () => {
    while (!over) {
      const text = `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'queuectl' and query like '%' || $1 || '%' and random() < 0.5`;
      killed += (await query(text, [schema])).rowCount!;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const done = new Map<number, number>();
  const work = async (stores: Stores) => {
    const worker = await until('a worker', () => stores.worker().catch(() => undefined));
    let running: ReturnType<typeof ended>[] = [];
    for (let empty = 0; empty < 3; ) {
      const turn = await stores.turn(worker, running, 3).catch(() => undefined);
      if (!turn) continue; // the worker offers again what ended
      for (const { ended: end, state } of turn.settled)
        if (state !== null) done.set(end.job, (done.get(end.job) ?? 0) + 1);
      running = turn.claims.map((claim) => ended(claim, ok));
      empty = running.length === 0 ? empty + 1 : 0;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const killing = kill();
  await Promise.all(workers.map(work));
  over = true;
  await killing;
  expect(killed).toBeGreaterThan(5);
  const rest = await truth.worker();
  for (const claim of await truth.claim(rest, 1500)) {
    await truth.turn(rest, [ended(claim, ok)], 0); // given back by a worker that looked no more
    done.set(claim.job.number, (done.get(claim.job.number) ?? 0) + 1);
  }
  expect([...done.values()].filter((times) => times !== 1)).toEqual([]);
  expect(done.size).toBe(1200);
  expect(await readCounts(truth.database.kysely)).toMatchObject([{ state: 'completed', n: 1200 }]);
});

test('F54 after a restart of the server everything goes on by itself', async () => {
  const server = await ownServer();
  const { url } = await newQueue(server.url);
  const stores = await openStores(url);
  const heard = vi.fn();
  onTestFinished(stores.database.onWake(heard));
  await until('the listener', () => heard.mock.calls.length === 1);
  let during: Promise<number[]> | undefined;
  await server.restart(async () => {
    during = stores.enqueue({ name: 'during' });
  });
  await during;
  await until('the listener to be back', () => heard.mock.calls.length === 2);
  stores.database.wake();
  await until('a wake-up', () => heard.mock.calls.length === 3);
  expect(await stores.jobs.find('during')).toMatchObject({ state: 'pending' });
});

test('F55 a connection that has gone silent is given up and replaced', async () => {
  const { url } = await newQueue();
  const proxy = await PostgresProxy.before(url);
  const database = await connect(readAddress(proxy.url), {}, 200);
  onTestFinished(() => database.close());
  const stores = new Stores(
    database,
    () => {},
    async () => database,
  );
  proxy.fail('silence', /^select .* from "\w+"\."jobs"/);
  expect(await stores.jobs.find('1')).toBeUndefined();
});

test('F57 enqueueing and working need nothing of a session', async () => {
  const { proxy, stores } = await behindProxy();
  const worker = await stores.worker();
  await stores.enqueue({}, { queue: 'other' }, {});
  const claims = await stores.claim(worker, 2);
  await stores.turn(
    worker,
    claims.map((claim) => ended(claim, ok)),
    2,
  );
  stores.database.wake();
  await stores.database.close();
  expect(proxy.names).toEqual([]);
  expect(proxy.statements.length).toBeGreaterThan(10);
  const session =
    /\bset (?!local\b|"|name\b)\w+ *=|^(set session|prepare|declare|listen|discard)|pg_(try_)?advisory_(un)?lock/i;
  const kept = proxy.statements.filter((text) => session.test(text) && !/^(update|insert)/.test(text));
  expect(kept).toEqual([]);
});
