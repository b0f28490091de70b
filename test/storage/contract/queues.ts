// Contract: queues that are paused and resumed, and what waits in them.
import { expect, test } from 'vitest';
import { QueueStore } from '../../../src/storage/queues.js';
import { everything, type OpenBackend, ok, openStores } from '../backend.js';

export function queuesContract(open: OpenBackend): void {
  test('of a paused queue nothing is claimed, by any connection, until it is resumed', async () => {
    const stores = await openStores(open);
    const queues = new QueueStore(await stores.connect());
    await stores.enqueue({ queue: 'mail' }, {});
    const worker = await stores.worker();
    expect(await queues.pause(['mail'], 'me')).toEqual(['mail']);
    expect((await stores.claim(worker, 9)).map(({ job }) => job.queue)).toEqual(['default']);
    expect(await queues.resume(['mail'])).toEqual(['mail']);
    expect((await stores.claim(worker, 9)).map(({ job }) => job.queue)).toEqual(['mail']);
  });

  test('a pause is told with who and when; the first one counts; a queue without jobs can have one', async () => {
    const stores = await openStores(open);
    const queues = new QueueStore(stores.database);
    const since = await stores.database.present();
    expect(await queues.pause(['b', 'a'], 'me')).toHaveLength(2);
    stores.advance(1000);
    expect(await queues.pause(['a', 'c'], 'you')).toEqual(['c']);
    expect([...(await queues.paused()).values()]).toEqual([
      { queue: 'a', since, by: 'me' },
      { queue: 'b', since, by: 'me' },
      { queue: 'c', since: since + 1000, by: 'you' },
    ]);
    expect((await queues.resume(['a', 'b', 'd'])).sort()).toEqual(['a', 'b']);
    expect([...(await queues.paused()).keys()]).toEqual(['c']);
    expect(await queues.pause([], 'me')).toEqual([]);
    expect(await queues.resume([])).toEqual([]);
  });

  test('the names are those of all queues that ever had a job or a pause', async () => {
    const stores = await openStores(open);
    const queues = new QueueStore(stores.database);
    expect(await queues.names()).toEqual([]);
    await stores.enqueue({ queue: 'over' }, { queue: 'mail' }, { queue: 'mail', type: 'http' });
    const worker = await stores.worker();
    await stores.run(worker, ok);
    await queues.pause(['empty'], 'me');
    await queues.resume(['empty']);
    expect(await queues.names()).toEqual(['empty', 'mail', 'over']);
  });

  test('the oldest ready job of a queue, whatever its priority and type', async () => {
    const stores = await openStores(open);
    const queues = new QueueStore(stores.database);
    const created = await stores.database.present();
    await stores.enqueue(
      { name: 'later', when: { inMs: 60_000 } },
      { name: 'elsewhere', queue: 'mail' },
      { name: 'oldest', priority: -5, type: 'http' },
      { priority: 7 },
      { priority: 7, type: 'http' },
      {},
    );
    const types = ['shell', 'http'];
    expect(await queues.oldestReady('default', types)).toEqual({ id: 'oldest', since: created });
    expect(await queues.oldestReady('default', ['shell'])).toEqual({ id: '4', since: created });
    expect(await queues.oldestReady('nobody', types)).toBeNull();
    stores.advance(60_000);
    await stores.claim(await stores.worker(), 0);
    const worker = await stores.worker();
    await stores.claim(worker, 1, { ...everything, types: ['nothing'] }); // it makes ready what is due
    expect(await queues.oldestReady('default', types)).toEqual({ id: 'later', since: created + 60_000 });
  });
}
