// Contract: a job that has not started in time does not start at all.
import { expect, test } from 'vitest';
import { readCounts } from '../../../src/storage/counts.js';
import { ExpiryStore } from '../../../src/storage/expiry.js';
import { exit3, type OpenBackend, ok, openStores } from '../backend.js';

export function expiryContract(open: OpenBackend): void {
  test('is ended as cancelled by the turn of a worker, and not claimed', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'late', expiresInMs: 1000 }, { name: 'other' });
    const job = (await stores.jobs.find('late'))!;
    expect(job.expiresAt).toBe(job.createdAt + 1000);
    stores.advance(1000);
    const claims = await stores.claim(await stores.worker(), 9);
    expect(claims.map((claim) => claim.job.id)).toEqual(['other']);
    const late = (await stores.jobs.find('late'))!;
    expect(late).toMatchObject({ state: 'cancelled', cause: 'expired', attempt: 0, expiresAt: null, wakeAt: null });
    expect(late.finishedAt).toBe(job.createdAt + 1000);
    const [event] = await stores.jobs.events(late.number);
    expect(event).toMatchObject({ what: 'expired', who: 'upkeep' });
    const counts = await readCounts(stores.database.kysely);
    expect(counts.map(({ state, n }) => [state, n]).sort()).toEqual([
      ['cancelled', 1],
      ['processing', 1],
    ]);
  });

  test('a moment before that it starts, and then it does not expire any more', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ expiresInMs: 1000 });
    stores.advance(999);
    const worker = await stores.worker();
    await stores.run(worker, exit3);
    stores.advance(3_600_000);
    expect(await stores.expiry.sweep()).toBe(0);
    expect(await stores.jobs.find('1')).toMatchObject({ state: 'failed', expiresAt: null });
    await stores.run(worker, ok);
    expect(await stores.jobs.find('1')).toMatchObject({ state: 'completed' });
  });

  test('a job with a time of its own has that long from then on', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ when: { inMs: 5000 }, expiresInMs: 1000 });
    const { createdAt } = (await stores.jobs.find('1'))!;
    const past = { at: createdAt - 9000 };
    await stores.enqueue({ when: past, expiresInMs: 1000 }, { when: { at: createdAt + 7000 }, expiresInMs: 1000 });
    const jobs = await stores.jobs.list({}, { limit: 9 });
    expect(jobs.map(({ expiresAt }) => expiresAt! - createdAt)).toEqual([6000, 1000, 8000]);
    stores.advance(5500);
    expect(await stores.claim(await stores.worker(), 9)).toMatchObject([{ job: { number: 1 } }]);
  });

  test('a worker is told when the next one expires', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ when: { inMs: 8000 } }, { expiresInMs: 5000, queue: 'elsewhere' });
    const worker = await stores.worker();
    const served = { queues: ['default'], types: ['shell'] };
    expect(await stores.turn(worker, [], 1, served)).toMatchObject({ claims: [], nextDueMs: 5000 });
    stores.advance(5000);
    expect(await stores.turn(worker, [], 1, served)).toMatchObject({ claims: [], nextDueMs: 3000 });
    expect(await stores.jobs.find('2')).toMatchObject({ cause: 'expired' });
  });

  test('more than a thousand that expire at once are all ended before anything is claimed', async () => {
    const stores = await openStores(open);
    for (let i = 0; i < 2; i++) {
      await stores.enqueue(...Array.from({ length: 600 }, () => ({ expiresInMs: 1, priority: 5 })));
    }
    const [ready] = await stores.enqueue({});
    stores.advance(1);
    const worker = await stores.worker();
    expect(await stores.turn(worker, [], 9)).toMatchObject({ claims: [], nextDueMs: 0 });
    expect(await stores.turn(worker, [], 9)).toMatchObject({ claims: [{ job: { number: ready } }] });
    expect(await stores.jobs.list({ cause: 'expired' }, { limit: 2000 })).toHaveLength(1200);
  });

  test('also in a paused queue, and a held one', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ expiresInMs: 1, queue: 'paused' }, { expiresInMs: 1, name: 'held' });
    const { kysely } = stores.database;
    await kysely
      .insertInto('queues')
      .values({ name: 'paused', paused_at: 1 } as never)
      .execute();
    await kysely.updateTable('jobs').set({ state: 'held' }).where('name', '=', 'held').execute();
    stores.advance(1);
    expect(await stores.expiry.sweep()).toBe(2);
    expect(await stores.jobs.list({ cause: 'expired' }, { limit: 9 })).toHaveLength(2);
  });

  test('a redriven one does not expire again', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ expiresInMs: 1 });
    stores.advance(1);
    await stores.expiry.sweep();
    await stores.redrive([1]);
    expect(await stores.claim(await stores.worker())).toHaveLength(1);
  });

  test('a cancelled one does not expire', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ expiresInMs: 1 });
    await stores.cancel([1]);
    stores.advance(1);
    expect(await stores.expiry.sweep()).toBe(0);
    expect(await stores.jobs.find('1')).toMatchObject({ cause: 'cancelled', expiresAt: null });
  });

  test('F59 eight sweepers at once, and a worker, have one effect', async () => {
    const stores = await openStores(open);
    await stores.enqueue(...Array.from({ length: 500 }, () => ({ expiresInMs: 1 })));
    stores.advance(1);
    const others = await Promise.all([stores.connect(), stores.connect(), stores.connect()]);
    const sweepers = [stores.database, ...others].map((database) => new ExpiryStore(database));
    const worker = await stores.worker();
    const sweeping = [...sweepers, ...sweepers].map((expiry) => expiry.sweep());
    const [claims, ...ended] = await Promise.all([stores.claim(worker, 9), ...sweeping]);
    expect(claims).toEqual([]);
    expect(ended.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(500);
    while ((await stores.expiry.sweep()) > 0); // what one of them had locked, the others left to it
    const counts = await readCounts(stores.database.kysely);
    expect(counts).toEqual([{ queue: 'default', type: 'shell', state: 'cancelled', n: 500 }]);
    const events = await stores.database.kysely.selectFrom('events').select('job').execute();
    expect(events).toHaveLength(500);
  });
}
