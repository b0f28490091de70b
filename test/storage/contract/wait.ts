// Contract: what a program reads that waits for jobs.
import { expect, test } from 'vitest';
import { NoSuchJob } from '../../../src/errors.js';
import { StandingStore } from '../../../src/storage/standings.js';
import { exit3, type OpenBackend, ok, openStores } from '../backend.js';

export function waitContract(open: OpenBackend): void {
  test('standings are read by id or number, each job once, in the order that was asked for', async () => {
    const stores = await openStores(open);
    const standings = new StandingStore(stores.database);
    await stores.enqueue({ name: 'a' }, { name: 'b', queue: 'q' }, {});
    const worker = await stores.worker();
    await stores.run(worker, ok);
    await stores.run(worker, { ...exit3, final: true });
    const found = await standings.byIds(['3', 'b', '1', 'a', '2']);
    expect(found).toMatchObject([
      { id: '3', number: 3, state: 'pending', cause: null, finishedAt: null },
      { id: 'b', number: 2, queue: 'q', state: 'dead', cause: 'exit:3', finishedAt: expect.any(Number) },
      { id: 'a', number: 1, queue: 'default', state: 'completed', cause: null },
    ]);
    await expect(standings.byIds(['a', 'c'])).rejects.toEqual(new NoSuchJob('c'));
    await expect(standings.byIds(['4'])).rejects.toEqual(new NoSuchJob('4'));
    expect(await standings.byNumbers([4, 2])).toMatchObject([{ id: 'b' }]);
    expect(await standings.byIds([])).toEqual([]);
  });

  test('thousands of standings are read in slices', async () => {
    const stores = await openStores(open);
    const names = Array.from({ length: 1000 }, (_, index) => `job-${index}`);
    await stores.enqueue(...names.map((name) => ({ name })));
    const found = await new StandingStore(stores.database).byIds(names.toReversed());
    expect(found.map(({ id }) => id)).toEqual(names.toReversed());
  });

  test('the surroundings of a job are its folder, its umask and the variables it was given', async () => {
    const stores = await openStores(open);
    const context = { host: 'here', uid: 7, cwd: '/srv/a', umask: 0o27, env: { PATH: '/bin' } };
    await stores.enqueue({ context, env: { A: '1' } }, { context }, {});
    expect(await stores.jobs.surroundings(1)).toEqual({ cwd: '/srv/a', umask: 0o27, env: { A: '1' } });
    expect(await stores.jobs.surroundings(2)).toEqual({ cwd: '/srv/a', umask: 0o27, env: {} });
    expect(await stores.jobs.surroundings(3)).toEqual({ cwd: null, umask: null, env: {} });
  });
}
