// Contract: pools, who has room in them, and who may replace the workers that died.
import { describe, expect, test } from 'vitest';
import { type Pool, PoolStore } from '../../../src/storage/pools.js';
import { newWorker, type OpenBackend, openStores, type Stores } from '../backend.js';

const pool: Pool = {
  host: 'boot/ns',
  name: 'default',
  size: 2,
  wanted: 'running',
  options: { queues: null, concurrency: 1, foreground: false },
  version: '0.1.0',
};

const find = async (stores: Stores) => (await stores.pools.find('boot/ns', 'default'))!;

export function poolsContract(open: OpenBackend): void {
  test('a pool is stored once and changed in place; stopping means one host', async () => {
    const stores = await openStores(open);
    await stores.pools.set(pool);
    await stores.pools.set({ ...pool, size: 3, options: { queues: ['a'], concurrency: 4, foreground: true } });
    await stores.pools.set({ ...pool, host: 'boot/other' });
    await stores.pools.stopAll(['boot/ns']);
    expect(await find(stores)).toMatchObject({
      size: 3,
      wanted: 'stopped',
      options: { queues: ['a'], concurrency: 4, foreground: true },
    });
    expect(await stores.pools.find('boot/other', 'default')).toMatchObject({ size: 2, wanted: 'running' });
    expect(await stores.pools.find('boot/ns', 'mail')).toBeUndefined();
  });

  describe('a pool has room', () => {
    test('for as many workers as its size, whatever their places', async () => {
      const stores = await openStores(open);
      await stores.pools.set(pool);
      expect(await stores.workers.register(newWorker({ slot: 1 }))).toBeDefined();
      expect(await stores.workers.register(newWorker({ slot: 5 }))).toBeDefined();
      expect(await stores.workers.register(newWorker({ slot: 2 }))).toBeUndefined();
      expect(await stores.workers.register(newWorker({ slot: 2, pool: 'unknown' }))).toBeDefined();
    });

    test('for another one when one of them is about to stop for a reason that leaves the size', async () => {
      const stores = await openStores(open);
      await stores.pools.set(pool);
      const first = (await stores.workers.register(newWorker({ slot: 1 })))!;
      await stores.workers.register(newWorker({ slot: 2 }));
      expect(await stores.stops.ask(first, 'leave', { shrinks: false })).toBe(true);
      expect(await stores.workers.register(newWorker({ slot: 3 }))).toBeDefined();
      expect(await stores.workers.register(newWorker({ slot: 4 }))).toBeUndefined();
    });

    test('for nobody when it was stopped', async () => {
      const stores = await openStores(open);
      await stores.pools.set(pool);
      await stores.pools.stopAll(['boot/ns']);
      expect(await stores.workers.register(newWorker())).toBeUndefined();
    });
  });

  test('a worker that is to stop makes its pool one smaller, once; the last one stops it', async () => {
    const stores = await openStores(open);
    await stores.pools.set(pool);
    const first = (await stores.workers.register(newWorker({ slot: 1 })))!;
    const second = (await stores.workers.register(newWorker({ slot: 2 })))!;
    expect(await stores.stops.ask(first, 'drain', { shrinks: true })).toBe(true);
    expect(await stores.stops.ask(first, 'drain', { shrinks: true })).toBe(false);
    expect(await find(stores)).toMatchObject({ size: 1, wanted: 'running' });
    await stores.workers.end(second);
    expect(await stores.stops.ask(second, 'drain', { shrinks: true })).toBe(true); // it had died
    expect(await find(stores)).toMatchObject({ size: 0, wanted: 'stopped' });
    expect(await stores.stops.ask(999, 'drain', { shrinks: true })).toBe(false);
  });

  test('how a worker is to stop can be said again, with a time; one that has ended has no order', async () => {
    const stores = await openStores(open);
    const number = await stores.worker();
    expect(await stores.stops.find(number)).toBeUndefined();
    expect(await stores.stops.ask(number, 'drain', { shrinks: false })).toBe(true);
    expect(await stores.stops.find(number)).toEqual({ how: 'drain', releaseInMs: null });
    await stores.stops.order(number, { how: 'drain', releaseInMs: 1500 });
    stores.advance(1000);
    expect(await stores.stops.find(number)).toEqual({ how: 'drain', releaseInMs: 500 });
    stores.advance(1000);
    expect(await stores.stops.find(number)).toEqual({ how: 'drain', releaseInMs: -500 });
    await stores.stops.order(number, { how: 'release', releaseInMs: null });
    expect(await stores.stops.find(number)).toEqual({ how: 'release', releaseInMs: null });
    await stores.workers.end(number);
    expect(await stores.stops.find(number)).toBeUndefined();
  });

  test('stopping the pools of some hosts leaves those of others', async () => {
    const stores = await openStores(open);
    await stores.pools.set(pool);
    await stores.pools.set({ ...pool, host: 'boot/other' });
    const wanted = async () => {
      const found = [await find(stores), await stores.pools.find('boot/other', pool.name)];
      return found.map((one) => one!.wanted);
    };
    await stores.pools.stopAll(['boot/other']);
    expect(await wanted()).toEqual(['running', 'stopped']);
    await stores.pools.stopAll([]);
    expect(await wanted()).toEqual(['running', 'stopped']);
    await stores.pools.stopAll(null);
    expect(await wanted()).toEqual(['stopped', 'stopped']);
  });

  describe('replacing workers', () => {
    test('F59 is allowed to one of eight that ask at once', async () => {
      const stores = await openStores(open);
      await stores.pools.set(pool);
      const others = await Promise.all([stores.connect(), stores.connect(), stores.connect()]);
      const healers = [stores.database, ...others].map((database) => new PoolStore(database));
      const seen = await find(stores);
      const allowed = await Promise.all([...healers, ...healers].map((healer) => healer.takeHealing(seen)));
      expect(allowed.filter(Boolean)).toHaveLength(1);
    });

    test('waits longer each time in close succession, and begins anew after a quiet minute or a new start', async () => {
      const stores = await openStores(open);
      await stores.pools.set(pool);
      const take = async () => stores.pools.takeHealing(await find(stores));
      for (const waitMs of [2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]) {
        expect(await take()).toBe(true);
        expect(await find(stores)).toMatchObject({ waitMs });
        stores.advance(waitMs - 1);
        expect(await take()).toBe(false);
        stores.advance(1);
      }
      stores.advance(60_000);
      expect(await take()).toBe(true);
      expect(await find(stores)).toMatchObject({ waitMs: 2000, crashes: 1 });
      await stores.pools.set(pool);
      expect(await find(stores)).toMatchObject({ waitMs: null, crashes: 0 });
    });

    test('is nobody’s business in a pool that was stopped, or that somebody holds', async () => {
      const stores = await openStores(open);
      await stores.pools.set(pool);
      await stores.pools.hold('boot/ns', 'default', '0.2.0');
      expect(await find(stores)).toMatchObject({ version: '0.2.0' });
      expect(await stores.pools.takeHealing(await find(stores))).toBe(false);
      await stores.pools.letGo('boot/ns', 'default');
      expect(await stores.pools.takeHealing(await find(stores))).toBe(true);
      await stores.pools.set(pool);
      const seen = await find(stores);
      await stores.pools.stopAll(['boot/ns']);
      expect(await stores.pools.takeHealing(seen)).toBe(false);
    });

    test('F22 F23 goes on when the clock jumps', async () => {
      const stores = await openStores(open);
      await stores.pools.set(pool);
      const take = async () => stores.pools.takeHealing(await find(stores));
      expect(await take()).toBe(true);
      stores.advance(-7_200_000);
      expect(await take()).toBe(true);
      expect(await find(stores)).toMatchObject({ waitMs: 2000 });
      stores.advance(3 * 86_400_000);
      expect(await take()).toBe(true);
      expect(await find(stores)).toMatchObject({ waitMs: 2000 });
    });
  });
}
