// Contract: cancelling jobs that wait, asking for those that run, and what wins when an end comes at the same moment.
import { describe, expect, test } from 'vitest';
import { Conflict, NoSuchJob } from '../../../src/errors.js';
import { ChangeStore } from '../../../src/storage/changes.js';
import { readCounts } from '../../../src/storage/counts.js';
import { RunStore } from '../../../src/storage/runs.js';
import { ended, everything, exit3, lost, type OpenBackend, ok, openStores, policy, type Stores } from '../backend.js';

const released = { outcome: 'released', cause: 'released' } as const;
const cancelled = { outcome: 'cancelled', cause: 'cancelled' } as const;

async function counts(stores: Stores) {
  const rows = await readCounts(stores.database.kysely);
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

export function cancelContract(open: OpenBackend): void {
  test('a job that waits is cancelled at once, with an event of who and what was before', async () => {
    const stores = await openStores(open);
    const [pending, failed, later] = await stores.enqueue({}, {}, { when: { inMs: 5000 } });
    const worker = await stores.worker();
    await stores.database.kysely.updateTable('jobs').set({ priority: 1 }).where('number', '=', failed!).execute();
    await stores.run(worker, exit3);
    stores.advance(1000);
    const numbers = [pending!, failed!, later!];
    expect((await stores.cancel(numbers)).cancelled).toEqual(numbers.map((job) => ({ job, how: 'ended' })));
    for (const number of numbers) {
      const job = (await stores.jobs.find(String(number)))!;
      expect(job).toMatchObject({ state: 'cancelled', cause: 'cancelled', wakeAt: null, finishedAt: job.changedAt });
    }
    const [event] = await stores.jobs.events(failed!);
    expect(event).toMatchObject({ what: 'cancelled', who: 'me' });
    expect(JSON.parse(event!.before!)).toMatchObject({
      state: 'failed',
      attempt: 1,
      failures: 1,
      crashes: 0,
      cause: 'exit:3',
    });
    stores.advance(86_400_000);
    expect(await stores.claim(worker, 3)).toEqual([]);
    expect(await counts(stores)).toEqual({ cancelled: 3 });
  });

  test('a job that runs gets a request, which only its holder is told of; the first one stays', async () => {
    const stores = await openStores(open);
    const [job] = await stores.enqueue({}, {});
    const [holder, other] = [await stores.worker(), await stores.worker()];
    await stores.claim(holder);
    await stores.claim(other);
    expect(await stores.cancels.requests(holder)).toEqual([]);
    expect((await stores.cancel([job!], 'SIGINT')).cancelled).toEqual([{ job, how: 'asked' }]);
    expect((await stores.cancel([job!], 'SIGKILL')).cancelled).toEqual([{ job, how: 'asked_before' }]);
    expect(await stores.cancels.requests(holder)).toEqual([{ job, attempt: 1, signal: 'SIGINT' }]);
    expect(await stores.cancels.requests(other)).toEqual([]);
    expect(await stores.jobs.find(String(job))).toMatchObject({ state: 'processing' });
    const events = await stores.jobs.events(job!);
    expect(events).toMatchObject([{ what: 'cancel requested', who: 'me' }]);
  });

  test('of several jobs either all can be cancelled or none is', async () => {
    const stores = await openStores(open);
    const [done, waits] = await stores.enqueue({ name: 'done' }, { name: 'waits' });
    await stores.run(await stores.worker(), ok);
    await expect(stores.cancel([waits!, done!])).rejects.toThrow('job done is completed already');
    await expect(stores.cancel([waits!, done!])).rejects.toBeInstanceOf(Conflict);
    await expect(stores.cancel([waits!, 999])).rejects.toBeInstanceOf(NoSuchJob);
    expect(await stores.jobs.find('waits')).toMatchObject({ state: 'pending' });
    expect(await stores.jobs.events(waits!)).toEqual([]);
  });

  describe('an attempt that ends after the request', () => {
    test.each([
      { ending: cancelled, state: 'cancelled', cause: 'cancelled' },
      { ending: lost, state: 'cancelled', cause: 'cancelled' },
      { ending: released, state: 'cancelled', cause: 'cancelled' },
      { ending: exit3, state: 'cancelled', cause: 'cancelled' },
      { ending: { ...exit3, final: true }, state: 'dead', cause: 'exit:3' },
      { ending: ok, state: 'completed', cause: null },
    ] as const)('as $ending.outcome leaves the job $state', async ({ ending, state, cause }) => {
      const stores = await openStores(open);
      const [number] = await stores.enqueue({});
      const worker = await stores.worker();
      const [claim] = await stores.claim(worker);
      await stores.cancel([number!]);
      const { settled } = await stores.turn(worker, [ended(claim!, ending)], 1);
      expect(settled[0]).toMatchObject({ state, delayMs: null });
      expect(await stores.jobs.find(String(number))).toMatchObject({ state, cause, wakeAt: null });
      expect((await stores.jobs.attempts(number!))[0]).toMatchObject({ outcome: ending.outcome, cause: ending.cause });
      expect(await stores.cancels.requests(worker)).toEqual([]);
    });
  });

  test('a request does not outlive the job: when it is put back and runs again, nobody ends it', async () => {
    const stores = await openStores(open);
    const [number] = await stores.enqueue({});
    const worker = await stores.worker();
    const [claim] = await stores.claim(worker);
    await stores.cancel([number!]);
    await stores.turn(worker, [ended(claim!, cancelled)], 0);
    await stores.redrive([number!]);
    await stores.claim(worker);
    expect(await stores.cancels.requests(worker)).toEqual([]);
  });

  test('F63 of a cancel and an end at the same moment one wins, and both are told so', async () => {
    const stores = await openStores(open);
    const database = await stores.connect();
    const [changes, runs] = [new ChangeStore(database), new RunStore(database)];
    const now = { strict: true, who: 'me', change: null };
    await stores.enqueue(...Array.from({ length: 200 }, () => ({})));
    const worker = await stores.worker();
    for (const [index, claim] of (await stores.claim(worker, 200)).entries()) {
      const cancel = () =>
        changes.apply([claim.job.number], { kind: 'cancel', signal: null }, now).then(
          () => true,
          () => false,
        );
      const turn = { worker, ended: [ended(claim, index % 4 < 2 ? ok : exit3)], room: 0, served: everything, policy };
      const settle = () => runs.turn(turn).then(({ settled }) => settled[0]!.state);
      const [asked, state] =
        index % 2 === 0
          ? await Promise.all([cancel(), settle()])
          : await Promise.all([settle(), cancel()]).then(([one, other]) => [other, one] as const);
      const job = (await stores.jobs.find(String(claim.job.number)))!;
      if (index % 4 < 2) expect(job.state).toBe('completed');
      else expect(job.state).toBe(asked ? 'cancelled' : 'failed');
      expect(['completed', 'failed', 'cancelled']).toContain(state);
    }
  });
}
