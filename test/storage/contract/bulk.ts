// Contract: what people do to jobs that wait or have ended, one by one or many at once, and taking it back.
import { describe, expect, test } from 'vitest';
import { Conflict } from '../../../src/errors.js';
import type { JobState } from '../../../src/job/job.js';
import { parseWhere } from '../../../src/job/where.js';
import type { Change } from '../../../src/storage/changes.js';
import { readCounts } from '../../../src/storage/counts.js';
import { UndoStore } from '../../../src/storage/undo.js';
import { exit3, type OpenBackend, ok, openStores, type Stores } from '../backend.js';

const final = { ...exit3, final: true };
const strictly = { strict: true, who: 'me', change: null };
const where = (text: string) => parseWhere(text);

async function counts(stores: Stores) {
  const rows = await readCounts(stores.database.kysely);
  return Object.fromEntries(rows.map(({ queue, state, n }) => [`${queue} ${state}`, n]));
}

async function undo(stores: Stores, who = 'me') {
  const store = new UndoStore(stores.database);
  const last = (await store.last(who))!;
  return store.undo(last, 0, { who, change: null });
}

/** One job in each state. @returns their numbers */
async function inEachState(stores: Stores): Promise<Record<JobState, number>> {
  const worker = await stores.worker();
  const next = async () => (await stores.enqueue({}))[0]!;
  const completed = await next();
  await stores.run(worker, ok);
  const dead = await next();
  await stores.run(worker, final);
  const failed = await next();
  await stores.run(worker, exit3);
  const processing = await next();
  await stores.claim(worker);
  const [cancelled, held, pending] = [await next(), await next(), await next()];
  await stores.cancel([cancelled]);
  await stores.changes.apply([held], { kind: 'hold' }, strictly);
  return { completed, dead, failed, processing, cancelled, held, pending };
}

export function bulkContract(open: OpenBackend): void {
  describe('in which states', () => {
    test.each<[Change, JobState[]]>([
      [{ kind: 'cancel', signal: null }, ['pending', 'failed', 'held', 'processing']],
      [{ kind: 'retry' }, ['dead', 'failed', 'cancelled', 'completed']],
      [{ kind: 'hold' }, ['pending', 'failed']],
      [{ kind: 'release' }, ['held']],
      [{ kind: 'update', to: { priority: 7 } }, ['pending', 'failed', 'held']],
      [{ kind: 'delete' }, ['pending', 'failed', 'held', 'completed', 'dead', 'cancelled']],
    ])('%j', async (change, from) => {
      const stores = await openStores(open);
      const jobs = await inEachState(stores);
      for (const [state, number] of Object.entries(jobs)) {
        if (from.includes(state as JobState)) continue;
        await expect(stores.changes.apply([number], change, strictly), state).rejects.toBeInstanceOf(Conflict);
      }
      const before = await counts(stores);
      const done = await stores.changes.apply(Object.values(jobs), change, { ...strictly, strict: false });
      expect(done.jobs.map(({ state }) => state).sort()).toEqual([...from].sort());
      expect(done.left).toBe(7 - from.length);
      const sum = (all: Record<string, number>) => Object.values(all).reduce((a, b) => a + b, 0);
      const more = change.kind === 'retry' ? 1 : change.kind === 'delete' ? -6 : 0;
      expect(sum(await counts(stores))).toBe(sum(before) + more);
    });
  });

  describe('hold and release', () => {
    test('a held job is not claimed, also when its time comes; released it is', async () => {
      const stores = await openStores(open);
      const [now, later] = await stores.enqueue({}, { when: { inMs: 5000 } });
      const worker = await stores.worker();
      const both = [now!, later!];
      await stores.changes.apply(both, { kind: 'hold' }, strictly);
      stores.advance(1000);
      expect(await stores.claim(worker, 2)).toEqual([]);
      await stores.changes.apply(both, { kind: 'release' }, strictly);
      expect((await stores.claim(worker, 2)).map(({ job }) => job.number)).toEqual([now]);
      stores.advance(4000);
      expect((await stores.claim(worker, 2)).map(({ job }) => job.number)).toEqual([later]);
    });
  });

  describe('update', () => {
    test('moves a job to another queue, with its counters, and changes its order', async () => {
      const stores = await openStores(open);
      const [first, second] = await stores.enqueue({ queue: 'a' }, { queue: 'b' });
      await stores.changes.apply([second!], { kind: 'update', to: { queue: 'a', priority: 5 } }, strictly);
      expect(await counts(stores)).toEqual({ 'a pending': 2 });
      const claims = await stores.claim(await stores.worker(), 2);
      expect(claims.map(({ job }) => job.number)).toEqual([second, first]);
    });

    test('a later time keeps it back, and a time that has come lets it run, also after a failure', async () => {
      const stores = await openStores(open);
      const [job] = await stores.enqueue({});
      const worker = await stores.worker();
      await stores.changes.apply([job!], { kind: 'update', to: { when: { inMs: 5000 } } }, strictly);
      expect(await stores.claim(worker)).toEqual([]);
      stores.advance(5000);
      await stores.run(worker, exit3);
      expect(await stores.claim(worker)).toEqual([]);
      await stores.changes.apply([job!], { kind: 'update', to: { when: { inMs: 0 } } }, strictly);
      const [claim] = await stores.claim(worker);
      expect(claim!.job).toMatchObject({ number: job, failures: 1, attempt: 2 });
    });

    test('a job that is to run later expires later by as much', async () => {
      const stores = await openStores(open);
      const [job] = await stores.enqueue({ expiresInMs: 60_000 });
      const { createdAt } = (await stores.jobs.find(String(job)))!;
      stores.advance(10_000);
      await stores.changes.apply([job!], { kind: 'update', to: { when: { inMs: 100_000 } } }, strictly);
      const moved = (await stores.jobs.find(String(job)))!;
      expect(moved).toMatchObject({ runAt: createdAt + 110_000, expiresAt: createdAt + 170_000 });
    });

    test('a policy is set, and null follows the settings again', async () => {
      const stores = await openStores(open);
      const [job] = await stores.enqueue({ maxRetries: 1 });
      await stores.changes.apply([job!], { kind: 'update', to: { timeoutMs: 1500, backoffBase: 1.5 } }, strictly);
      expect(await stores.jobs.find(String(job))).toMatchObject({ maxRetries: 1, timeoutMs: 1500, backoffBase: 1.5 });
      await stores.changes.apply([job!], { kind: 'update', to: { timeoutMs: null, maxRetries: null } }, strictly);
      expect(await stores.jobs.find(String(job))).toMatchObject({
        maxRetries: null,
        timeoutMs: null,
        backoffBase: 1.5,
      });
    });
  });

  test('retry of a completed job makes a new one, with all that was given to it', async () => {
    const stores = await openStores(open);
    const payload = Buffer.from('{"command":"again"}');
    const [old] = await stores.enqueue({ name: 'job', payload, priority: 3, env: { A: '1' }, timeoutMs: 9000 });
    await stores.run(await stores.worker(), ok);
    const { copies } = await stores.changes.apply([old!], { kind: 'retry' }, strictly);
    const copy = (await stores.jobs.find(String(copies.get(old!))))!;
    const same = { payload: { command: 'again' }, priority: 3, timeoutMs: 9000, parent: old };
    expect(copy).toMatchObject({ ...same, state: 'pending', attempt: 0, id: String(copy.number) });
    expect((await stores.jobs.surroundings(copy.number)).env).toEqual({ A: '1' });
    expect(await stores.jobs.find('job')).toMatchObject({ state: 'completed' });
    expect(await stores.claim(await stores.worker())).toHaveLength(1);
  });

  describe('undo', () => {
    test.each<[Change]>([
      [{ kind: 'cancel', signal: null }],
      [{ kind: 'hold' }],
      [{ kind: 'update', to: { priority: 9, queue: 'other', when: { inMs: 60_000 }, maxRetries: 0, backoffBase: 3 } }],
    ])('takes back %j', async (change) => {
      const stores = await openStores(open);
      const numbers = await stores.enqueue({ priority: 1 }, { when: { inMs: 5000 } }, { maxRetries: 7 });
      const before = await stores.jobs.list({}, { limit: 9 });
      const counted = await counts(stores);
      stores.advance(1000);
      await stores.changes.apply(numbers, change, strictly);
      stores.advance(1000);
      expect(await undo(stores)).toMatchObject({ jobs: { length: 3 }, movedOn: 0, after: null });
      const after = await stores.jobs.list({}, { limit: 9 });
      expect(after.map(({ changedAt, ...job }) => job)).toEqual(before.map(({ changedAt, ...job }) => job));
      expect(await counts(stores)).toEqual(counted);
    });

    test('of a retry and of a release', async () => {
      const stores = await openStores(open);
      const { dead, held } = await inEachState(stores);
      await stores.redrive([dead], ['dead']);
      await undo(stores);
      expect(await stores.jobs.find(String(dead))).toMatchObject({ state: 'dead', failures: 1, cause: 'exit:3' });
      await stores.changes.apply([held], { kind: 'release' }, strictly);
      await undo(stores);
      expect(await stores.jobs.find(String(held))).toMatchObject({ state: 'held' });
    });

    test('leaves jobs that ran, were changed again or are gone', async () => {
      const stores = await openStores(open);
      const [ran, changed, gone, stays] = await stores.enqueue({ priority: 9 }, {}, {}, {});
      await stores.changes.apply([ran!, changed!, gone!, stays!], { kind: 'hold' }, strictly);
      const { change } = await stores.changes.apply([ran!, changed!, gone!, stays!], { kind: 'release' }, strictly);
      await stores.claim(await stores.worker());
      await stores.changes.apply([changed!], { kind: 'update', to: { priority: 1 } }, { ...strictly, who: 'you' });
      await stores.remove([gone!]);
      const found = (await new UndoStore(stores.database).find(change!))!;
      const done = await new UndoStore(stores.database).undo(found, 0, { who: 'me', change: null });
      // What is gone took its events along.
      expect(done).toMatchObject({ jobs: [{ number: stays }], movedOn: 2 });
      expect(await stores.jobs.find(String(ran))).toMatchObject({ state: 'processing' });
      expect(await stores.jobs.find(String(changed))).toMatchObject({ state: 'pending', priority: 1 });
    });

    test('goes back change by change, and only over those of one user', async () => {
      const stores = await openStores(open);
      const [job] = await stores.enqueue({});
      const update = (priority: number, who: string) =>
        stores.changes.apply([job!], { kind: 'update', to: { priority } }, { ...strictly, who });
      await update(1, 'me');
      await update(2, 'me');
      await undo(stores);
      expect(await stores.jobs.find(String(job))).toMatchObject({ priority: 1 });
      const store = new UndoStore(stores.database);
      expect(await store.last('you')).toBeUndefined();
      expect(await store.last('me')).toMatchObject({ what: 'updated', change: 1 });
    });

    test('goes back further over the same job', async () => {
      const stores = await openStores(open);
      const [job] = await stores.enqueue({ expiresInMs: 60_000 });
      const before = await stores.jobs.find(String(job));
      await stores.changes.apply([job!], { kind: 'update', to: { priority: 5 } }, strictly);
      await stores.changes.apply([job!], { kind: 'hold' }, strictly);
      await stores.cancel([job!]);
      for (const state of ['held', 'pending', 'pending']) {
        expect(await undo(stores)).toMatchObject({ jobs: [{ number: job }] });
        expect(await stores.jobs.find(String(job))).toMatchObject({ state });
      }
      expect(await stores.jobs.find(String(job))).toEqual({ ...before, changedAt: expect.any(Number) });
      expect(await new UndoStore(stores.database).last('me')).toBeUndefined();
    });

    test('a change of many goes on under one number', async () => {
      const stores = await openStores(open);
      const numbers = await stores.enqueue({}, {}, {}, {});
      const { change } = await stores.changes.apply(numbers.slice(0, 2), { kind: 'hold' }, strictly);
      const rest = await stores.changes.apply(numbers.slice(2), { kind: 'hold' }, { ...strictly, change });
      expect(rest.change).toBe(change);
      expect((await undo(stores)).jobs).toHaveLength(4);
    });
  });

  describe('where', () => {
    test.each([
      ['priority > 3', ['high']],
      ['priority <= 0 and not id = plain', ['later', 'other']],
      ['id = high or id ~ lat', ['high', 'later']],
      ['queue != default', ['other']],
      ['created < 30m', ['later', 'other']],
      ['created > 30m', ['high', 'plain']],
      ['run > 1m', ['later']],
      ['next < 2m', []],
      ['next != none', ['later']],
      ['started = none', ['high', 'plain', 'later', 'other']],
      ['cause != exit:3', ['high', 'plain', 'later', 'other']],
      ['not cause = exit:3', ['high', 'plain', 'later', 'other']],
      ['command ~ "say \\"hi\\""', ['plain']],
      ['command !~ say', ['high', 'later', 'other']],
      ["id = 'no'' such'", null],
      ["queue = '; drop table jobs'", []],
      ['number >= 2 and number < 4', ['plain', 'later']],
    ])('%s', async (text, ids) => {
      const stores = await openStores(open);
      const payload = Buffer.from(JSON.stringify({ command: 'say "hi"' }));
      await stores.enqueue({ name: 'high', priority: 5 }, { name: 'plain', payload });
      stores.advance(3_600_000);
      await stores.enqueue({ name: 'later', when: { inMs: 600_000 } }, { name: 'other', queue: 'b' });
      const found = () => stores.jobs.list({ where: where(text) }, { limit: 9 });
      if (ids === null) expect(found).toThrow();
      else expect((await found()).map(({ id }) => id)).toEqual(ids);
    });
  });
}
