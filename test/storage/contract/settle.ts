// Contract: how the end of an attempt is recorded, once, and what follows for its job.
import { describe, expect, test } from 'vitest';
import type { JobState } from '../../../src/job/job.js';
import type { Claim } from '../../../src/storage/claims.js';
import { readRollup } from '../../../src/storage/rollup.js';
import { RunStore } from '../../../src/storage/runs.js';
import type { QueuesTable } from '../../../src/storage/schema.js';
import { ended, everything, exit3, lost, type OpenBackend, ok, openStores, policy, type Stores } from '../backend.js';

async function configureQueue(stores: Stores, more: Partial<QueuesTable>): Promise<void> {
  const none = { paused_at: null, paused_by: null, max_running: null, rate_n: null, rate_ms: null };
  const values = { name: 'default', ...none, max_retries: null, timeout_ms: null, backoff_base: null, ...more };
  await stores.database.kysely.insertInto('queues').values(values).execute();
}

export function settleContract(open: OpenBackend): void {
  describe('each outcome', () => {
    const outcomes = [
      { ending: ok, job: { state: 'completed', failures: 0, crashes: 0, cause: null } },
      { ending: exit3, job: { state: 'failed', failures: 1, crashes: 0, cause: 'exit:3' } },
      { ending: { ...exit3, final: true }, job: { state: 'dead', failures: 1, crashes: 0, cause: 'exit:3' } },
      {
        ending: { outcome: 'timed_out', cause: 'timeout' },
        job: { state: 'failed', failures: 1, crashes: 0, cause: 'timeout' },
      },
      {
        ending: { outcome: 'cancelled', cause: 'cancelled' },
        job: { state: 'cancelled', failures: 0, crashes: 0, cause: 'cancelled' },
      },
      { ending: lost, job: { state: 'pending', failures: 0, crashes: 1, cause: 'worker_lost' } },
      {
        ending: { outcome: 'released', cause: 'released' },
        job: { state: 'pending', failures: 0, crashes: 0, cause: 'released' },
      },
    ] as const;

    test.each(outcomes)('$ending.outcome leaves the job $job.state, by $ending.cause', async ({ ending, job }) => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'job' });
      const worker = await stores.worker();
      const settled = await stores.run(worker, ending);
      expect(settled).toMatchObject({ state: job.state, delayMs: job.state === 'failed' ? 2000 : null });
      const after = (await stores.jobs.find('job'))!;
      expect(after).toMatchObject({ ...job, worker: null, attempt: 1 });
      expect(after.finishedAt === null).toBe(job.state === 'failed' || job.state === 'pending');
      expect(after.wakeAt).toBe(job.state === 'failed' ? after.changedAt + 2000 : null);
      const [attempt] = await stores.jobs.attempts(after.number);
      expect(attempt).toMatchObject({ attempt: 1, worker, outcome: ending.outcome, cause: ending.cause, runMs: 1200 });
      expect(attempt!.finishedAt).toBe(after.changedAt);
    });
  });

  test('an attempt keeps what is known of it: exit code, signal, detail, result, output', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'job' });
    const worker = await stores.worker();
    const [claim] = await stores.claim(worker);
    const killed = {
      outcome: 'failed',
      cause: 'signal:SIGKILL',
      exitCode: 137,
      signal: 'SIGKILL',
      detail: 'by hand',
    } as const;
    const out = { stream: 1, head: Buffer.from([0, 255, 10]), tail: Buffer.from('end'), cutBytes: 7 } as const;
    const err = { stream: 2, head: Buffer.alloc(0), tail: null, cutBytes: 0 } as const;
    const more = { outputs: [out, err], outputBytes: 13, outputFile: '1.1', result: '{"n":1}', runMs: 99.6 };
    await stores.turn(worker, [ended(claim!, killed, more)], 0);
    const [attempt] = await stores.jobs.attempts(claim!.job.number);
    const { outcome: _, ...known } = killed;
    expect(attempt).toMatchObject({ ...known, outputBytes: 13, outputFile: '1.1', result: '{"n":1}', runMs: 100 });
    expect(await stores.jobs.outputs(claim!.job.number, 1)).toEqual([out, err]);
  });

  test('text that no database keeps does not hold up the end of its job', async () => {
    const stores = await openStores(open);
    await stores.enqueue({});
    const worker = await stores.worker();
    const [claim] = await stores.claim(worker);
    const odd = { ...ok, detail: 'a\0b\ud800' };
    expect((await stores.turn(worker, [ended(claim!, odd, { result: '\0' })], 0)).settled[0]!.state).toBe('completed');
    const [attempt] = await stores.jobs.attempts(claim!.job.number);
    expect(attempt).toMatchObject({ detail: 'a\ufffdb\ufffd', result: '\ufffd' });
  });

  test('retries wait 2, 4 and 8 seconds; the fourth failure sends the job to the DLQ', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'job' });
    const worker = await stores.worker();
    for (const [index, delayMs] of [2000, 4000, 8000].entries()) {
      expect(await stores.run(worker, exit3)).toMatchObject({ state: 'failed', delayMs });
      stores.advance(delayMs - 1);
      expect(await stores.claim(worker)).toEqual([]);
      stores.advance(1);
      expect((await stores.jobs.find('job'))!.failures).toBe(index + 1);
    }
    expect(await stores.run(worker, exit3)).toMatchObject({ state: 'dead', delayMs: null });
    expect(await stores.jobs.find('job')).toMatchObject({ state: 'dead', attempt: 4, failures: 4, wakeAt: null });
    stores.advance(86_400_000);
    expect(await stores.claim(worker)).toEqual([]);
  });

  test('F05 a job that is lost each time it runs ends in the DLQ, with no retry spent', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'job' });
    const worker = await stores.worker();
    for (let crash = 1; crash <= 3; crash++) expect(await stores.run(worker, lost)).toMatchObject({ state: 'pending' });
    expect(await stores.run(worker, lost)).toMatchObject({ state: 'dead' });
    expect(await stores.jobs.find('job')).toMatchObject({ cause: 'worker_lost', crashes: 4, failures: 0, attempt: 4 });
  });

  describe("the job's own policy comes before its queue's, and that before the setting", () => {
    test.each([
      { named: 'the setting', job: {}, queue: {}, state: 'failed', delayMs: 2000 },
      { named: 'the queue', job: {}, queue: { max_retries: 5, backoff_base: 3 }, state: 'failed', delayMs: 3000 },
      { named: 'the queue', job: {}, queue: { max_retries: 0 }, state: 'dead', delayMs: null },
      { named: 'the job', job: { maxRetries: 0 }, queue: { max_retries: 5 }, state: 'dead', delayMs: null },
      { named: 'the job', job: { backoffBase: 7 }, queue: { backoff_base: 3 }, state: 'failed', delayMs: 7000 },
      { named: 'the job', job: { backoffBase: 0 }, queue: { backoff_base: 3 }, state: 'failed', delayMs: 0 },
      { named: 'the job', job: { backoffMaxMs: 500 }, queue: {}, state: 'failed', delayMs: 500 },
    ])('$named: $job, $queue', async ({ job, queue, state, delayMs }) => {
      const stores = await openStores(open);
      await configureQueue(stores, queue);
      await stores.enqueue(job);
      expect(await stores.run(await stores.worker(), exit3)).toMatchObject({ state, delayMs });
    });

    test("the queue's timeout comes with the claim", async () => {
      const stores = await openStores(open);
      await configureQueue(stores, { timeout_ms: 5000, max_retries: 7 });
      await stores.enqueue({ timeoutMs: 100 });
      const [claim] = await stores.claim(await stores.worker());
      expect(claim).toMatchObject({ queuePolicy: { timeoutMs: 5000, maxRetries: 7 }, job: { timeoutMs: 100 } });
    });
  });

  describe('a write about a run that is no longer the current one records nothing', () => {
    test('of another worker', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'job' });
      const [claim] = await stores.claim(await stores.worker());
      const other = await stores.turn(await stores.worker(), [ended(claim!, ok)], 0);
      expect(other.settled[0]!.state).toBeNull();
      expect((await stores.jobs.find('job'))!.state).toBe('processing');
      expect((await stores.jobs.attempts(claim!.job.number))[0]!.outcome).toBeNull();
      expect(await readRollup(stores.database, 60)).toEqual([]);
    });

    test('of an attempt before', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'job' });
      const worker = await stores.worker();
      const [first] = await stores.claim(worker);
      await stores.turn(worker, [ended(first!, { outcome: 'released', cause: 'released' })], 0);
      const [second] = await stores.claim(worker);
      expect(second!.job.attempt).toBe(2);
      const stale = await stores.turn(worker, [ended(first!, exit3)], 0);
      expect(stale.settled[0]!.state).toBeNull();
      expect(await stores.jobs.find('job')).toMatchObject({ state: 'processing', failures: 0, attempt: 2 });
    });

    test('that is settled already: twice is once, also within one turn', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'job' });
      const worker = await stores.worker();
      const [claim] = await stores.claim(worker);
      const out = { stream: 1, head: Buffer.from('x'), tail: null, cutBytes: 0 } as const;
      const end = ended(claim!, exit3, { outputs: [out] });
      const { settled } = await stores.turn(worker, [end, end], 0);
      expect(settled.map(({ state }) => state)).toEqual(['failed', null]);
      expect((await stores.turn(worker, [end], 0)).settled[0]!.state).toBeNull();
      expect((await stores.jobs.find('job'))!.failures).toBe(1);
      expect(await readRollup(stores.database, 60)).toMatchObject([{ outcome: 'failed', n: 1, runMs: 1200 }]);
    });

    test('of a job that was removed', async () => {
      const stores = await openStores(open);
      const [number] = await stores.enqueue({});
      const worker = await stores.worker();
      const [claim] = await stores.claim(worker);
      await stores.remove([number!], ['processing']);
      expect((await stores.turn(worker, [ended(claim!, ok)], 0)).settled[0]!.state).toBeNull();
    });
  });

  test('F58 when recovery races completion, one of them wins and the other records nothing: 1,000 rounds both ways', async () => {
    const rounds = 1000;
    const stores = await openStores(open);
    const second = new RunStore(await stores.connect());
    const holder = await stores.worker();
    const sweeper = await stores.worker();
    await stores.enqueue(...Array.from({ length: rounds }, () => ({})));
    const claims = await stores.claim(holder, rounds);
    const recover = async (claim: Claim) => {
      const { number: job, attempt } = claim.job;
      if (!(await second.adopt({ job, attempt, worker: holder }, sweeper))) return null;
      const turn = { worker: sweeper, ended: [ended(claim, lost)], room: 0, served: everything, policy };
      return (await second.turn(turn)).settled[0]!.state;
    };
    const complete = async (claim: Claim) => (await stores.turn(holder, [ended(claim, ok)], 0)).settled[0]!.state;
    const winners = new Map<JobState, number>();
    for (const [index, claim] of claims.entries()) {
      const race = index % 2 === 0 ? [recover, complete] : [complete, recover];
      const states = (await Promise.all(race.map((way) => way(claim)))).filter((state) => state !== null);
      expect(states).toHaveLength(1);
      expect((await stores.jobs.find(String(claim.job.number)))!.state).toBe(states[0]);
      winners.set(states[0]!, (winners.get(states[0]!) ?? 0) + 1);
    }
    expect([...winners.keys()].sort()).toEqual(['completed', 'pending']); // each of the two has won at times
  });

  test("a worker's row counts what it did", async () => {
    const stores = await openStores(open);
    await stores.enqueue({}, {}, {});
    const worker = await stores.worker();
    await stores.run(worker, ok);
    await stores.run(worker, ok);
    await stores.run(worker, exit3);
    expect(await stores.workers.living()).toMatchObject([{ number: worker, done: 2, failed: 1 }]);
  });

  test('one turn settles what ended and claims what is next; a failed job with no delay may be that', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'a', backoffBase: 0 }, { name: 'b' });
    const worker = await stores.worker();
    const [first] = await stores.claim(worker);
    const { settled, claims } = await stores.turn(worker, [ended(first!, exit3)], 1);
    expect(settled[0]).toMatchObject({ state: 'failed', delayMs: 0 });
    expect(claims.map(({ job }) => [job.id, job.attempt])).toEqual([['a', 2]]);
  });

  test('F22 after the clock was set back a retry comes when its backoff is over', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'job' }, { name: 'later', when: { inMs: 60_000 } });
    const worker = await stores.worker();
    await stores.run(worker, exit3);
    const later = (await stores.jobs.find('later'))!.wakeAt;
    expect(await stores.runs.moveRetriesBack()).toBe(0);
    stores.advance(-7_200_000);
    expect(await stores.runs.moveRetriesBack()).toBe(1);
    expect(await stores.runs.moveRetriesBack()).toBe(0);
    stores.advance(1999);
    expect(await stores.claim(worker)).toEqual([]);
    stores.advance(1);
    expect(await stores.claim(worker)).toMatchObject([{ job: { id: 'job', attempt: 2 } }]);
    expect((await stores.jobs.find('later'))!.wakeAt).toBe(later); // somebody asked for that time
  });

  describe('figures', () => {
    test('durations are kept by minute in logarithmic buckets', async () => {
      const stores = await openStores(open);
      await stores.enqueue({}, {}, {}, {});
      const worker = await stores.worker();
      const claims = await stores.claim(worker, 4);
      const runs = [100, 100, 5000, 0];
      const ends = claims.map((claim, i) => ended(claim, ok, { runMs: runs[i]!, waitMs: 10 }));
      await stores.turn(worker, ends, 0);
      expect(await readRollup(stores.database, 60)).toEqual([
        { outcome: 'succeeded', bucket: 0, n: 1, runMs: 0, waitMs: 10 },
        { outcome: 'succeeded', bucket: 26, n: 2, runMs: 200, waitMs: 20 },
        { outcome: 'succeeded', bucket: 49, n: 1, runMs: 5000, waitMs: 10 },
      ]);
    });

    test('and leave the last hour when it is over', async () => {
      const stores = await openStores(open);
      await stores.enqueue({}, {});
      const worker = await stores.worker();
      await stores.run(worker, ok);
      stores.advance(59 * 60_000);
      await stores.run(worker, ok);
      expect(await readRollup(stores.database, 60)).toMatchObject([{ n: 2 }]);
      stores.advance(60_000);
      expect(await readRollup(stores.database, 60)).toMatchObject([{ n: 1 }]);
      expect(await readRollup(stores.database, 1)).toEqual([]);
    });

    test('F22 and do not count before their time, when the clock was set back', async () => {
      const stores = await openStores(open);
      await stores.enqueue({});
      await stores.run(await stores.worker(), ok);
      stores.advance(-7_200_000);
      expect(await readRollup(stores.database, 60)).toEqual([]);
    });
  });
}
