// Contract: what job types of plugins need beside claims and ends: steps, progress, jobs claimed ahead, follow-up jobs.
import { describe, expect, test } from 'vitest';
import { readCounts } from '../../../src/storage/counts.js';
import type { NewJob } from '../../../src/storage/intake.js';
import { StepStore } from '../../../src/storage/steps.js';
import { TypeOriginStore } from '../../../src/storage/type-origins.js';
import { ended, exit3, newJob, type OpenBackend, ok, openStores, policy, type Stores } from '../backend.js';

const types = ['shell', 'quick', 'other'];
const served = { queues: null, types };

async function pendingIn(stores: Stores) {
  const rows = await readCounts(stores.database.kysely);
  return rows.filter(({ state }) => state === 'pending').reduce((sum, { n }) => sum + n, 0);
}

export function jobTypesContract(open: OpenBackend): void {
  describe('steps', () => {
    test('are kept by the attempt that holds the job, for those after it', async () => {
      const stores = await openStores(open);
      const steps = new StepStore(stores.database);
      const [job] = await stores.enqueue({}, {});
      const worker = await stores.worker();
      const [claim] = await stores.claim(worker);
      expect(await steps.save(job!, 1, 'fetch', Buffer.from('"a"'))).toBe(true);
      expect(await steps.save(job!, 1, 'empty', Buffer.alloc(0))).toBe(true);
      await stores.turn(worker, [ended(claim!, exit3)], 0);
      expect(await steps.save(job!, 1, 'late', Buffer.from('x'))).toBe(false);
      stores.advance(10_000);
      await stores.claim(worker, 2);
      expect(await steps.save(job!, 1, 'late', Buffer.from('x'))).toBe(false);
      expect(await steps.save(job!, 2, 'use', Buffer.from('"b"'))).toBe(true);
      const all = [...(await steps.of(job!))].map(([name, value]) => [name, value.toString()]).sort();
      expect(all).toEqual([
        ['empty', ''],
        ['fetch', '"a"'],
        ['use', '"b"'],
      ]);
      expect((await steps.of(job! + 1)).size).toBe(0);
    });

    test('go with their job', async () => {
      const stores = await openStores(open);
      const steps = new StepStore(stores.database);
      const [job] = await stores.enqueue({});
      const worker = await stores.worker();
      const [claim] = await stores.claim(worker);
      await steps.save(job!, 1, 'fetch', Buffer.from('1'));
      await stores.turn(worker, [ended(claim!, { ...exit3, final: true })], 0);
      await stores.remove([job!], ['dead']);
      expect((await steps.of(job!)).size).toBe(0);
    });
  });

  test('progress is that of the attempt that runs, and begins anew with the next one', async () => {
    const stores = await openStores(open);
    const [one, two] = await stores.enqueue({}, {});
    const worker = await stores.worker();
    const claims = await stores.claim(worker, 2);
    await stores.runs.progress([
      { job: one!, attempt: 1, done: 0.25 },
      { job: two!, attempt: 7, done: 0.5 },
    ]);
    expect((await stores.jobs.find(String(one)))!.progress).toBeCloseTo(0.25);
    expect((await stores.jobs.find(String(two)))!.progress).toBeNull();
    await stores.turn(worker, [ended(claims[0]!, exit3)], 0);
    stores.advance(10_000);
    await stores.claim(worker);
    expect((await stores.jobs.find(String(one)))!.progress).toBeNull();
  });

  describe('jobs claimed ahead', () => {
    const take = (stores: Stores, worker: number, room: number, ahead: number, runners: (string | null)[] = []) =>
      stores.runs.turn({ worker, ended: [], room, ahead: { types: ['quick'], room: ahead }, runners, served, policy });
    const shape = ({ claims }: Awaited<ReturnType<typeof take>>) => claims.map(({ job }) => `${job.id}:${job.type}`);

    test('come after those that start now, and are of the named types only', async () => {
      const stores = await openStores(open);
      const quick = { type: 'quick' };
      await stores.enqueue(quick, {}, quick, {}, quick, quick);
      const worker = await stores.worker();
      expect(shape(await take(stores, worker, 2, 2))).toEqual(['1:quick', '2:shell', '3:quick', '5:quick']);
      expect(shape(await take(stores, worker, 0, 1))).toEqual(['6:quick']);
      expect(shape(await take(stores, worker, 0, 5))).toEqual([]);
      expect(shape(await take(stores, worker, 1, 0))).toEqual(['4:shell']);
      expect(await pendingIn(stores)).toBe(0);
    });

    test('are recorded with who will run them', async () => {
      const stores = await openStores(open);
      const [, two] = await stores.enqueue({ type: 'quick' }, { type: 'quick' });
      const worker = await stores.worker();
      await take(stores, worker, 1, 1, ['12 34', 'worker']);
      await stores.workers.end(worker);
      const orphans = await stores.runs.orphans();
      expect(orphans.map(({ job, runner }) => [job, runner])).toContainEqual([two, 'worker']);
    });
  });

  describe('follow-up jobs', () => {
    const run = async (stores: Stores, followUps: Partial<NewJob>[], ending = ok) => {
      const worker = await stores.worker();
      const [claim] = await stores.claim(worker);
      const end = ended(claim!, ending, { followUps: followUps.map(newJob) });
      return { worker, result: await stores.turn(worker, [end], 0) };
    };

    test('are there with the success, counted, and can be claimed', async () => {
      const stores = await openStores(open);
      await stores.enqueue({});
      const { worker } = await run(stores, [{ name: 'next' }, { payload: Buffer.from('{"command":"x"}') }]);
      expect(await pendingIn(stores)).toBe(2);
      expect((await stores.claim(worker, 5)).map(({ job }) => job.id)).toEqual(['next', '3']);
    });

    test('are not there after a failure, and not when another worker was first', async () => {
      const stores = await openStores(open);
      await stores.enqueue({}, {});
      await run(stores, [{ name: 'never' }], exit3);
      expect(await stores.jobs.find('never')).toBeUndefined();
      const worker = await stores.worker();
      const [claim] = await stores.claim(worker);
      const end = ended(claim!, ok, { followUps: [newJob({ name: 'once' })] });
      await stores.turn(worker, [end], 0);
      const again = await stores.turn(worker, [end], 0);
      expect(again.settled[0]!.state).toBeNull();
      expect(await pendingIn(stores)).toBe(1);
    });

    test('under an id that is taken make the attempt a final failure, and hold nothing else up', async () => {
      const stores = await openStores(open);
      await stores.enqueue({}, {}, {}, { name: 'there' });
      const worker = await stores.worker();
      const [one, two, three] = await stores.claim(worker, 3);
      const { settled } = await stores.turn(
        worker,
        [
          ended(one!, ok, { followUps: [newJob({ name: 'there' })] }),
          ended(two!, ok, { followUps: [newJob({ name: 'new' })] }),
          ended(three!, ok, { followUps: [newJob({ name: 'new' })] }), // taken by the one before it
        ],
        0,
      );
      expect(settled.map(({ state }) => state)).toEqual(['dead', 'completed', 'dead']);
      const [attempt] = await stores.jobs.attempts(one!.job.number);
      expect(attempt).toMatchObject({ outcome: 'failed', cause: 'error:Conflict' });
      expect(attempt!.detail).toContain('"there"');
    });
  });

  test('which plugin brought a type is known to whoever has not installed it', async () => {
    const origins = new TypeOriginStore((await openStores(open)).database);
    expect(await origins.find('http')).toBeUndefined();
    await origins.note([{ name: 'http', plugin: 'one', version: '1.0.0' }]);
    await origins.note([{ name: 'http', plugin: 'one', version: '1.1.0' }]);
    expect(await origins.find('http')).toEqual({ name: 'http', plugin: 'one', version: '1.1.0' });
  });
}
