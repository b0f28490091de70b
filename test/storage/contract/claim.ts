// Contract: which jobs a worker gets, in which order, and never twice.
import { describe, expect, test } from 'vitest';
import { RunStore } from '../../../src/storage/runs.js';
import { ended, everything, exit3, type OpenBackend, ok, openStores, policy, type Stores } from '../backend.js';

const ids = (jobs: { job: { id: string } }[]) => jobs.map(({ job }) => job.id);

async function pause(stores: Stores, name: string): Promise<void> {
  const { kysely, now } = stores.database;
  const none = {
    max_running: null,
    rate_n: null,
    rate_ms: null,
    max_retries: null,
    timeout_ms: null,
    backoff_base: null,
  };
  await kysely
    .insertInto('queues')
    .values({ name, paused_at: now, paused_by: 'me', ...none })
    .execute();
}

export function claimContract(open: OpenBackend): void {
  test('higher priority first, then the lower number, across queues', async () => {
    const stores = await openStores(open);
    await stores.enqueue(
      { name: 'low', priority: -1 },
      { name: 'first' },
      { name: 'mail', queue: 'mail' },
      { name: 'second' },
      { name: 'high', priority: 5, queue: 'mail' },
      { name: 'highest', priority: 1000 },
    );
    const worker = await stores.worker();
    expect(ids(await stores.claim(worker, 4))).toEqual(['highest', 'high', 'first', 'mail']);
    expect(ids(await stores.claim(worker, 4))).toEqual(['second', 'low']);
    expect(await stores.claim(worker, 4)).toEqual([]);
  });

  test('a claimed job is processing, holds its worker, and its attempt is recorded', async () => {
    const stores = await openStores(open);
    const [number] = await stores.enqueue({});
    stores.advance(1500);
    const worker = await stores.worker();
    const [claim] = await stores.claim(worker);
    expect(claim).toMatchObject({ waitMs: 1500, job: { number, state: 'processing', attempt: 1, worker } });
    const job = await stores.jobs.find(String(number));
    expect(job).toEqual(claim!.job);
    expect(job!.startedAt! - job!.createdAt).toBe(1500);
    const [attempt] = await stores.jobs.attempts(number!);
    expect(attempt).toMatchObject({ attempt: 1, worker, startedAt: job!.startedAt, finishedAt: null, outcome: null });
    expect(await stores.jobs.running()).toEqual([job]);
  });

  test('F56 never more than there is room for, and none without room', async () => {
    const stores = await openStores(open);
    await stores.enqueue(...Array.from({ length: 20 }, (_, i) => ({ queue: `q${i % 5}` })));
    const worker = await stores.worker();
    expect(await stores.claim(worker, 0)).toEqual([]);
    expect(await stores.claim(worker, 3)).toHaveLength(3);
    expect(await stores.claim(worker, 100)).toHaveLength(17);
  });

  describe('left alone', () => {
    test('queues that are paused, until they are resumed', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'paused', queue: 'mail', priority: 9 }, { name: 'other' });
      await pause(stores, 'mail');
      const worker = await stores.worker();
      expect(ids(await stores.claim(worker, 9))).toEqual(['other']);
      await stores.database.kysely.updateTable('queues').set({ paused_at: null }).execute();
      expect(ids(await stores.claim(worker, 9))).toEqual(['paused']);
    });

    test('queues and types that the worker does not serve', async () => {
      const stores = await openStores(open);
      await stores.enqueue(
        { name: 'a', queue: 'a' },
        { name: 'b', queue: 'b' },
        { name: 'http', type: 'http', queue: 'a' },
      );
      const worker = await stores.worker();
      expect(await stores.claim(worker, 9, { queues: ['c'], types: ['shell', 'http'] })).toEqual([]);
      expect(await stores.claim(worker, 9, { queues: [], types: ['shell'] })).toEqual([]);
      expect(ids(await stores.claim(worker, 9, { queues: ['a'], types: ['shell'] }))).toEqual(['a']);
      expect(ids(await stores.claim(worker, 9, { queues: null, types: ['http'] }))).toEqual(['http']);
      expect(ids(await stores.claim(worker, 9))).toEqual(['b']);
    });

    test('jobs whose time has not come, to the millisecond', async () => {
      const stores = await openStores(open);
      const [now] = await stores.enqueue({});
      const at = (await stores.jobs.find(String(now)))!.createdAt + 5000;
      await stores.enqueue({ name: 'in', when: { inMs: 5000 } }, { name: 'at', when: { at } });
      const worker = await stores.worker();
      expect((await stores.claim(worker, 9)).map(({ job }) => job.number)).toEqual([now]);
      const early = await stores.turn(worker, [], 9);
      expect(early).toMatchObject({ claims: [], nextDueMs: 5000 });
      stores.advance(4999);
      expect(await stores.turn(worker, [], 9)).toMatchObject({ claims: [], nextDueMs: 1 });
      stores.advance(1);
      const due = await stores.turn(worker, [], 9);
      expect(ids(due.claims)).toEqual(['in', 'at']);
      expect(due.nextDueMs).toBeNull();
      expect(due.claims.map((claim) => claim.waitMs)).toEqual([0, 0]);
    });
  });

  test('a run_at in the past is now', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'past', when: { at: 1000 } }, { name: 'zero', when: { inMs: 0 } });
    expect(ids(await stores.claim(await stores.worker(), 9))).toEqual(['past', 'zero']);
  });

  test('F30 a run_at 30 days or 80 years away is kept exactly', async () => {
    const stores = await openStores(open);
    const far = Date.UTC(2106, 1, 7, 6, 28, 16, 1);
    await stores.enqueue({ name: 'month', when: { inMs: 30 * 86_400_000 } }, { name: 'far', when: { at: far } });
    expect(await stores.jobs.find('far')).toMatchObject({ runAt: far, wakeAt: far });
    const { nextDueMs } = await stores.turn(await stores.worker(), [], 1);
    expect(nextDueMs).toBe(30 * 86_400_000);
  });

  test('a failed job becomes ready by itself, and then goes by its priority again', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'fails', priority: 1 });
    const worker = await stores.worker();
    await stores.run(worker, exit3);
    await stores.enqueue({ name: 'other' });
    expect((await stores.jobs.find('fails'))!.state).toBe('failed');
    stores.advance(2000);
    const claims = await stores.claim(worker, 2);
    expect(ids(claims)).toEqual(['fails', 'other']);
    expect(claims[0]).toMatchObject({ waitMs: 0, job: { attempt: 2, failures: 1 } });
  });

  test('more than a thousand jobs that are due at once are all woken, turn by turn', async () => {
    const stores = await openStores(open);
    for (let batch = 0; batch < 3; batch++) {
      await stores.enqueue(...Array.from({ length: 1000 }, () => ({ when: { inMs: 1000 } })));
    }
    stores.advance(1000);
    const worker = await stores.worker();
    const seen = new Set<number>();
    for (let turn = 0; turn < 3; turn++) for (const { job } of await stores.claim(worker, 2000)) seen.add(job.number);
    expect(seen.size).toBe(3000);
  });

  test('two connections that claim at once never get the same job', async () => {
    const stores = await openStores(open);
    await stores.enqueue(...Array.from({ length: 300 }, (_, i) => ({ queue: `q${i % 3}`, priority: i % 2 })));
    const second = new RunStore(await stores.connect());
    const claimed: number[] = [];
    const drain = async (runs: RunStore) => {
      const worker = await stores.worker();
      for (;;) {
        const { claims } = await runs.turn({ worker, ended: [], room: 7, served: everything, policy });
        if (claims.length === 0) return;
        claimed.push(...claims.map(({ job }) => job.number));
      }
    };
    await Promise.all([drain(stores.runs), drain(second), drain(stores.runs), drain(second)]);
    expect(claimed).toHaveLength(300);
    expect(new Set(claimed).size).toBe(300);
  });

  test('F22 after the clock went back two hours, ready jobs are still claimed, and no wait is negative', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'before' });
    stores.advance(-2 * 3_600_000);
    await stores.enqueue({ name: 'after' });
    const worker = await stores.worker();
    const claims = await stores.claim(worker, 9);
    expect(ids(claims)).toEqual(['before', 'after']);
    expect(claims.map((claim) => claim.waitMs)).toEqual([0, 0]);
    await stores.turn(worker, [ended(claims[0]!, ok, { runMs: -5 })], 0);
    const [attempt] = await stores.jobs.attempts(claims[0]!.job.number);
    expect(attempt!.runMs).toBe(0);
  });

  test('a job that becomes due in a lane that has had nothing ready is asked for again at once', async () => {
    const stores = await openStores(open);
    await stores.enqueue({});
    const worker = await stores.worker();
    await stores.run(worker, exit3);
    await stores.database.kysely.deleteFrom('counts').where('state', '=', 'pending').execute(); // as after an import
    stores.advance(10_000);
    const first = await stores.turn(worker, [], 1);
    const claims = first.claims.length > 0 ? first.claims : (await stores.turn(worker, [], 1)).claims;
    expect(first.claims.length === 0 ? first.nextDueMs : 0).toBe(0);
    expect(ids(claims)).toEqual(['1']);
  });

  test('a job that becomes due in such a lane is asked for again also when another lane had something', async () => {
    const stores = await openStores(open);
    const [failing] = await stores.enqueue({});
    const worker = await stores.worker();
    await stores.run(worker, exit3);
    const update = { kind: 'update', to: { queue: 'other' } } as const;
    await stores.changes.apply([failing!], update, { strict: true, change: null, who: 'me' });
    await stores.enqueue({});
    stores.advance(10_000);
    const first = await stores.turn(worker, [], 2);
    expect({ claimed: ids(first.claims), again: first.nextDueMs }).toEqual({ claimed: ['2'], again: 0 });
    expect(ids(await stores.claim(worker, 1))).toEqual(['1']);
  });
}
