// Contract: workers, their places and leases, the jobs they leave behind; pools and settings.
import { describe, expect, test } from 'vitest';
import { WorkerStore } from '../../../src/storage/workers.js';
import { ended, lost, newWorker, type OpenBackend, ok, openStores } from '../backend.js';

const life = { state: 'running', leaseMs: 60_000, cpuMs: 12, rssBytes: 5_000_000_000 } as const;

export function workersContract(open: OpenBackend): void {
  test('a place in a pool is held by one living worker: of twenty at once one gets it', async () => {
    const stores = await openStores(open);
    const second = new WorkerStore(await stores.connect());
    const place = newWorker();
    const all = Array.from({ length: 20 }, (_, i) =>
      (i % 2 ? second : stores.workers).register({ ...place, pid: 100 + i }),
    );
    const numbers = (await Promise.all(all)).filter((number) => number !== undefined);
    expect(numbers).toHaveLength(1);
    expect(await stores.workers.end(numbers[0]!)).toBe(true);
    expect(await stores.workers.register(place)).toBeGreaterThan(numbers[0]!);
  });

  test('the same place on another host, or in another pool, is another place', async () => {
    const stores = await openStores(open);
    const place = newWorker();
    expect(await stores.workers.register(place)).toBeDefined();
    expect(await stores.workers.register({ ...place, host: 'boot/other' })).toBeDefined();
    expect(await stores.workers.register({ ...place, pool: 'mail' })).toBeDefined();
    expect(await stores.workers.register(place)).toBeUndefined();
  });

  test('living workers are told with all that is known of them', async () => {
    const stores = await openStores(open);
    const place = newWorker({ queues: ['a', 'b'], concurrency: 4 });
    const number = (await stores.workers.register(place))!;
    await stores.workers.ready(number);
    await stores.workers.renew(number, life);
    const { leaseMs: _, ...known } = place;
    const [worker] = await stores.workers.living();
    expect(worker).toMatchObject({
      ...known,
      number,
      state: 'running',
      cpuMs: 12,
      rssBytes: 5_000_000_000,
      stop: null,
    });
    expect(worker).toMatchObject({ leaseOver: false, done: 0, failed: 0 });
    expect(worker!.readyAt).toBe(worker!.startedAt);
    const { name, host, hostName } = place;
    expect(await stores.workers.places([number, 999])).toEqual(new Map([[number, { name, host, hostName }]]));
    expect(await stores.workers.places([])).toEqual(new Map());
    await stores.workers.end(number);
    expect(await stores.workers.hostsOf(hostName)).toEqual([host]);
    expect(await stores.workers.hostsOf('unknown')).toEqual([]);
  });

  test('a lease is over when nobody renews it, and good again when someone does', async () => {
    const stores = await openStores(open);
    const number = await stores.worker({ leaseMs: 60_000 });
    const over = async () => (await stores.workers.living())[0]!.leaseOver;
    stores.advance(60_000);
    expect(await over()).toBe(false);
    stores.advance(1);
    expect(await over()).toBe(true);
    await stores.workers.renew(number, life);
    expect(await over()).toBe(false);
  });

  test('F22 a sign of life from when the clock showed more tells that it was set back', async () => {
    const stores = await openStores(open);
    const number = await stores.worker();
    expect(await stores.workers.anySeenAhead()).toBe(false);
    await stores.workers.end(number);
    stores.advance(-7_200_000);
    await stores.worker();
    expect(await stores.workers.anySeenAhead()).toBe(true);
    stores.advance(7_200_000);
    expect(await stores.workers.anySeenAhead()).toBe(false);
  });

  test('a worker that was ended, or is unknown, learns it when it renews', async () => {
    const stores = await openStores(open);
    const number = await stores.worker();
    expect(await stores.workers.renew(number, life)).toBe(true);
    expect(await stores.workers.end(number)).toBe(true);
    expect(await stores.workers.end(number)).toBe(false);
    expect(await stores.workers.renew(number, life)).toBe(false);
    expect(await stores.workers.renew(999, life)).toBe(false);
    expect(await stores.workers.living()).toEqual([]);
  });

  describe('jobs of a worker that ended', () => {
    test('are orphans, of its host', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'job', timeoutMs: 9000 }, { name: 'other' });
      const dead = await stores.worker();
      const alive = await stores.worker();
      await stores.claim(dead);
      await stores.claim(alive);
      expect(await stores.runs.orphans()).toEqual([]);
      stores.advance(1500);
      await stores.workers.end(dead);
      expect(await stores.runs.orphans()).toMatchObject([
        {
          ...{ id: 'job', attempt: 1, queue: 'default', runningMs: 1500, timeoutMs: 9000 },
          ...{ worker: dead, host: 'boot/ns', leaseOver: false, startedBy: dead, startedOn: 'boot/ns' },
        },
      ]);
      stores.advance(60_000);
      expect(await stores.runs.orphans()).toMatchObject([{ leaseOver: true }]);
    });

    test('are adopted by one of two, who then settles them; the dead one cannot any more', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'job' });
      const [dead, first, second] = [await stores.worker(), await stores.worker(), await stores.worker()];
      const [claim] = await stores.claim(dead);
      await stores.workers.end(dead);
      const [orphan] = await stores.runs.orphans();
      const adopted = await Promise.all([stores.runs.adopt(orphan!, first), stores.runs.adopt(orphan!, second)]);
      expect(adopted.filter(Boolean)).toHaveLength(1);
      expect(await stores.runs.orphans()).toEqual([]);
      const holder = adopted[0] ? first : second;
      expect((await stores.turn(dead, [ended(claim!, ok)], 0)).settled[0]!.state).toBeNull();
      expect((await stores.turn(holder, [ended(claim!, ok)], 0)).settled[0]!.state).toBe('completed');
      expect((await stores.jobs.attempts(claim!.job.number))[0]!.worker).toBe(dead);
    });

    test('that were adopted and orphaned again still tell who started them', async () => {
      const stores = await openStores(open);
      await stores.enqueue({});
      const [first, second] = [await stores.worker(), await stores.worker()];
      await stores.claim(first);
      await stores.workers.end(first);
      const [orphan] = await stores.runs.orphans();
      await stores.runs.adopt(orphan!, second);
      expect(await stores.runs.startersOfRunning()).toEqual([first]);
      await stores.workers.end(second);
      expect(await stores.runs.orphans()).toMatchObject([{ worker: second, startedBy: first }]);
    });

    test('cannot be adopted once they went on', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'job' });
      const [dead, sweeper] = [await stores.worker(), await stores.worker()];
      const [claim] = await stores.claim(dead);
      await stores.workers.end(dead);
      const [orphan] = await stores.runs.orphans();
      await stores.turn(dead, [ended(claim!, lost)], 0);
      expect(await stores.runs.adopt(orphan!, sweeper)).toBe(false);
      await stores.claim(dead);
      expect(await stores.runs.adopt(orphan!, sweeper)).toBe(false);
      expect(await stores.jobs.find('job')).toMatchObject({ state: 'processing', attempt: 2, worker: dead });
    });

    test('F22 never ran for a negative time, also when the clock went back', async () => {
      const stores = await openStores(open);
      await stores.enqueue({});
      const dead = await stores.worker();
      await stores.claim(dead);
      stores.advance(-7_200_000);
      await stores.workers.end(dead);
      expect((await stores.runs.orphans())[0]!.runningMs).toBe(0);
    });
  });

  test('settings are stored, changed and unset; what the store says about itself is not among them', async () => {
    const stores = await openStores(open);
    expect(await stores.settings.all()).toEqual(new Map());
    await stores.settings.set('max_retries', '5', 'me');
    await stores.settings.set('max_retries', '7', 'me');
    expect(await stores.settings.all()).toEqual(new Map([['max_retries', '7']]));
    await stores.settings.unset('max_retries');
    expect(await stores.settings.all()).toEqual(new Map());
    expect(await stores.settings.storeId()).toMatch(/^[0-9a-f-]{36}$/);
  });
}
