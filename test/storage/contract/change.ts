// Contract: what people and upkeep do to jobs that are not running.
import { describe, expect, test } from 'vitest';
import { Conflict, NoSuchJob } from '../../../src/errors.js';
import { PruneStore } from '../../../src/storage/prune.js';
import { ended, exit3, type OpenBackend, ok, openStores, type Stores } from '../backend.js';

const final = { ...exit3, final: true };

/** A job that died after one attempt with output. */
async function deadJob(stores: Stores, name: string): Promise<number> {
  const [number] = await stores.enqueue({ name });
  const worker = await stores.worker();
  const [claim] = await stores.claim(worker);
  const out = { stream: 1, head: Buffer.from('x'), tail: null, cutBytes: 0 } as const;
  await stores.turn(worker, [ended(claim!, final, { outputs: [out], outputFile: `${number}.1` })], 0);
  return number!;
}

export function changeContract(open: OpenBackend): void {
  describe('redrive', () => {
    test('puts a dead job back in place: same id, no failures, and the attempt number goes on', async () => {
      const stores = await openStores(open);
      const number = await deadJob(stores, 'job');
      stores.advance(1000);
      await stores.redrive([number], ['dead']);
      const job = (await stores.jobs.find('job'))!;
      expect(job).toMatchObject({ number, state: 'pending', failures: 0, crashes: 0, attempt: 1, finishedAt: null });
      expect(job.wakeAt).toBeNull();
      const [claim] = await stores.claim(await stores.worker());
      expect(claim!.job).toMatchObject({ id: 'job', attempt: 2 });
      expect(claim!.waitMs).toBe(0);
    });

    test('leaves an event with who did it, when, and what was before', async () => {
      const stores = await openStores(open);
      const number = await deadJob(stores, 'job');
      stores.advance(1000);
      await stores.redrive([number], undefined, 'me@here');
      const [event] = await stores.jobs.events(number);
      expect(event).toMatchObject({ what: 'retried', who: 'me@here' });
      expect(event!.at).toBe((await stores.jobs.find('job'))!.changedAt);
      expect(JSON.parse(event!.before!)).toMatchObject({
        state: 'dead',
        attempt: 1,
        failures: 1,
        crashes: 0,
        cause: 'exit:3',
      });
    });

    test('of a failed job ends its wait', async () => {
      const stores = await openStores(open);
      const [number] = await stores.enqueue({});
      const worker = await stores.worker();
      await stores.run(worker, exit3);
      await stores.redrive([number!]);
      expect(await stores.claim(worker)).toHaveLength(1);
    });

    test.each(['pending', 'processing', 'completed'])('of a %s job is refused', async (state) => {
      const stores = await openStores(open);
      const [number] = await stores.enqueue({});
      const worker = await stores.worker();
      if (state === 'processing') await stores.claim(worker);
      if (state === 'completed') await stores.run(worker, ok);
      await expect(stores.redrive([number!])).rejects.toThrow(`is ${state}`);
      expect(await stores.jobs.events(number!)).toEqual([]);
    });

    test('of many is all or nothing', async () => {
      const stores = await openStores(open);
      const dead = await deadJob(stores, 'dead');
      const [pending] = await stores.enqueue({ name: 'pending' });
      await expect(stores.redrive([dead, pending!])).rejects.toBeInstanceOf(Conflict);
      await expect(stores.redrive([dead, 999])).rejects.toBeInstanceOf(NoSuchJob);
      expect((await stores.jobs.find('dead'))!.state).toBe('dead');
    });

    test('of none does nothing', async () => {
      const stores = await openStores(open);
      await stores.redrive([]);
      expect(await stores.remove([], ['dead'])).toEqual([]);
    });
  });

  describe('remove', () => {
    test('deletes all that is stored of a job, and names its files', async () => {
      const stores = await openStores(open);
      const number = await deadJob(stores, 'job');
      await stores.redrive([number]);
      const kept = await deadJob(stores, 'kept').catch(() => undefined);
      expect(kept).toBeDefined();
      await stores.remove([number], ['pending', 'dead']);
      const { kysely } = stores.database;
      for (const table of ['specs', 'attempts', 'outputs', 'events'] as const) {
        const rows = await kysely.selectFrom(table).select('job').where('job', '=', number).execute();
        expect(rows, table).toEqual([]);
      }
      expect(await stores.jobs.find('job')).toBeUndefined();
      expect(await stores.jobs.find('kept')).toBeDefined();
    });

    test('names the long output files of each job', async () => {
      const stores = await openStores(open);
      const a = await deadJob(stores, 'a');
      const b = await deadJob(stores, 'b');
      const removed = await stores.remove([a, b], ['dead']);
      expect(removed).toEqual([
        { job: a, outputFiles: [`${a}.1`] },
        { job: b, outputFiles: [`${b}.1`] },
      ]);
    });

    test('frees the id', async () => {
      const stores = await openStores(open);
      const number = await deadJob(stores, 'job');
      await stores.remove([number], ['dead']);
      expect(await stores.enqueue({ name: 'job' })).toHaveLength(1);
    });

    test('of a job in another state is refused, and nothing goes', async () => {
      const stores = await openStores(open);
      const dead = await deadJob(stores, 'dead');
      await stores.enqueue({ name: 'running' });
      const [claim] = await stores.claim(await stores.worker());
      await expect(stores.remove([dead, claim!.job.number], ['dead'])).rejects.toThrow('job running is processing');
      expect(await stores.jobs.find('dead')).toBeDefined();
    });
  });

  describe('prune', () => {
    const day = 86_400_000;

    test('removes jobs that ended long enough ago, and no others', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'old' }, { name: 'new' }, { name: 'waits' });
      const worker = await stores.worker();
      await stores.run(worker, ok);
      stores.advance(day);
      await stores.run(worker, ok);
      stores.advance(1);
      expect(await stores.prune.endedJobs(['completed'], null)).toEqual([]);
      expect(await stores.prune.endedJobs(['completed', 'cancelled'], day)).toHaveLength(1);
      expect((await stores.jobs.list({}, { limit: 9 })).map((job) => job.id)).toEqual(['new', 'waits']);
      expect(await stores.prune.endedJobs(['completed', 'cancelled'], day)).toEqual([]);
    });

    test('F59 eight sweepers at once have one effect, and none of them fails', async () => {
      const stores = await openStores(open);
      await stores.enqueue(...Array.from({ length: 400 }, () => ({})));
      const worker = await stores.worker();
      const claims = await stores.claim(worker, 400);
      await stores.turn(
        worker,
        claims.map((claim) => ended(claim, ok)),
        0,
      );
      stores.advance(2 * day);
      const others = await Promise.all([stores.connect(), stores.connect(), stores.connect()]);
      const sweepers = [stores.database, ...others].map((database) => new PruneStore(database));
      const removed = await Promise.all([...sweepers, ...sweepers].map((prune) => prune.endedJobs(['completed'], day)));
      expect(removed.flat()).toHaveLength(400);
      expect(new Set(removed.flat().map(({ job }) => job)).size).toBe(400);
    });

    test('forgets old outputs but keeps the job; old figures and request tokens go', async () => {
      const stores = await openStores(open);
      const number = await deadJob(stores, 'job');
      stores.advance(8 * day);
      const fresh = await deadJob(stores, 'fresh');
      expect((await stores.prune.outputs(null)).files).toEqual([]);
      expect((await stores.prune.outputs(7 * day)).files).toEqual([`${number}.1`]);
      expect(await stores.jobs.outputs(number, 1)).toEqual([]);
      expect(await stores.jobs.outputs(fresh, 1)).toHaveLength(1);
      await stores.prune.records();
      expect(await stores.database.kysely.selectFrom('requests').selectAll().execute()).toHaveLength(1);
    });
  });

  describe('list', () => {
    test('by state, queue, type, cause and time; sorted and limited', async () => {
      const stores = await openStores(open);
      await deadJob(stores, 'dead');
      stores.advance(1000);
      await stores.enqueue({ name: 'b', queue: 'mail', priority: 1 }, { name: 'c', type: 'http', priority: 2 });
      const ids = async (...args: Parameters<typeof stores.jobs.list>) =>
        (await stores.jobs.list(...args)).map((job) => job.id);
      const since = (await stores.jobs.find('b'))!.createdAt;
      expect(await ids({}, { limit: 2 })).toEqual(['dead', 'b']);
      expect(await ids({}, { limit: 9, descending: true })).toEqual(['c', 'b', 'dead']);
      expect(await ids({}, { limit: 9, sort: 'priority', descending: true })).toEqual(['c', 'b', 'dead']);
      expect(await ids({ states: ['dead', 'failed'] }, { limit: 9 })).toEqual(['dead']);
      expect(await ids({ states: [] }, { limit: 9 })).toEqual([]);
      expect(await ids({ queue: 'mail' }, { limit: 9 })).toEqual(['b']);
      expect(await ids({ type: 'http' }, { limit: 9 })).toEqual(['c']);
      expect(await ids({ cause: 'exit:3' }, { limit: 9 })).toEqual(['dead']);
      expect(await ids({ since }, { limit: 9 })).toEqual(['b', 'c']);
    });
  });
}
