// Contract: of jobs that share a key there is one at a time, whoever enqueues.
import { describe, expect, test } from 'vitest';
import { Conflict, ExitCode } from '../../../src/errors.js';
import { readCounts } from '../../../src/storage/counts.js';
import { IntakeStore, type NewJob } from '../../../src/storage/intake.js';
import { UndoStore } from '../../../src/storage/undo.js';
import {
  ended,
  exit3,
  newJob,
  newToken,
  newWorker,
  type OpenBackend,
  ok,
  openStores,
  type Stores,
} from '../backend.js';

const final = { ...exit3, final: true };
const skip = { key: 'k', ifExists: 'skip' } as const;
const replace = { key: 'k', ifExists: 'replace', by: 'me@here' } as const;

async function insert({ intake }: Stores, ...jobs: Partial<NewJob>[]) {
  return intake.insert(jobs.map(newJob), newToken());
}

/** Each way in which a job that has a key may end. */
const ENDS: [string, (stores: Stores, number: number) => Promise<unknown>][] = [
  ['completed', async (stores) => stores.run(await stores.worker(), ok)],
  ['dead', async (stores) => stores.run(await stores.worker(), final)],
  ['cancelled while it waits', (stores, number) => stores.cancel([number])],
  [
    'cancelled while it runs',
    async (stores) => stores.run(await stores.worker(), { outcome: 'cancelled', cause: 'cancelled' }),
  ],
  ['expired', (stores) => Promise.resolve(stores.advance(3_600_000)).then(() => stores.expiry.sweep())],
];

export function keysContract(open: OpenBackend): void {
  test('a key that an unfinished job has is refused with exit code 4, and says which job', async () => {
    const stores = await openStores(open);
    const [number] = await stores.enqueue({ key: 'k' });
    const refused = stores.enqueue({}, { key: 'k' });
    await expect(refused).rejects.toThrow(`job ${number} (pending) has the key "k"`);
    await expect(refused).rejects.toBeInstanceOf(Conflict);
    await expect(refused).rejects.toMatchObject({ exitCode: ExitCode.conflict });
    await stores.claim(await stores.worker());
    await expect(stores.enqueue({ key: 'k' })).rejects.toThrow('(processing)');
    expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(1);
    expect(await stores.jobs.find(String(number))).toMatchObject({ key: 'k' });
  });

  test('a job that waits for its retry or is held has its key still', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ key: 'retried' }, { key: 'held', when: { inMs: 1 } });
    await stores.run(await stores.worker(), exit3);
    await stores.database.kysely.updateTable('jobs').set({ state: 'held' }).where('key', '=', 'held').execute();
    await expect(stores.enqueue({ key: 'retried' })).rejects.toThrow('(failed)');
    await expect(stores.enqueue({ key: 'held' })).rejects.toThrow('(held)');
  });

  test.each(ENDS)('the key of a job that has %s is free', async (_, end) => {
    const stores = await openStores(open);
    const [number] = await stores.enqueue({ key: 'k', expiresInMs: 1000 });
    await end(stores, number!);
    expect(await stores.jobs.find(String(number))).toMatchObject({ key: 'k', finishedAt: expect.any(Number) });
    expect(await insert(stores, skip)).toMatchObject([{ number: number! + 1, met: null }]);
  });

  test.each(ENDS)('a key among all jobs stays taken when its job has %s, until that is removed', async (_, end) => {
    const stores = await openStores(open);
    const [number] = await stores.enqueue({ key: 'k', keyScope: 'all', expiresInMs: 1000 });
    await end(stores, number!);
    const state = (await stores.jobs.find(String(number)))!.state;
    await expect(stores.enqueue({ key: 'k' })).rejects.toThrow(`job ${number} (${state}) has the key "k"`);
    await expect(stores.enqueue({ key: 'k', keyScope: 'all' })).rejects.toBeInstanceOf(Conflict);
    expect(await insert(stores, skip)).toMatchObject([{ number, met: { how: 'found', by: 'key', state } }]);
    await expect(stores.enqueue(replace)).rejects.toThrow('has ended: it cannot be replaced');
    await stores.remove([number!], [state]);
    expect(await stores.enqueue({ key: 'k' })).toHaveLength(1);
  });

  test('who asks among all jobs is refused also where a finished one had the key, and one who does not is not', async () => {
    const stores = await openStores(open);
    const [number] = await stores.enqueue({ key: 'k' });
    await stores.run(await stores.worker(), ok);
    const all = { key: 'k', keyScope: 'all' } as const;
    await expect(stores.enqueue(all)).rejects.toThrow(`job ${number} (completed) has the key "k"`);
    expect(await insert(stores, { ...all, ifExists: 'skip' })).toMatchObject([{ number, met: { state: 'completed' } }]);
    const [second] = await stores.enqueue({ key: 'k' });
    expect(await insert(stores, { ...all, ifExists: 'skip' })).toMatchObject([{ number: second }]);
  });

  describe('skip', () => {
    test('gives the job that is there, also one that runs, and stores nothing', async () => {
      const stores = await openStores(open);
      const [number] = await stores.enqueue({ key: 'k', name: 'nightly', queue: 'q' });
      const found = { number, id: 'nightly', queue: 'q', met: { how: 'found', by: 'key', state: 'pending' } };
      expect(await insert(stores, skip)).toEqual([found]);
      await stores.claim(await stores.worker());
      expect(await insert(stores, skip)).toMatchObject([{ number, met: { state: 'processing' } }]);
      expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(1);
    });

    test('an id that is there counts as the job, finished or not', async () => {
      const stores = await openStores(open);
      const [number] = await stores.enqueue({ name: 'a' });
      const again = { name: 'a', ifExists: 'skip' } as const;
      expect(await insert(stores, again)).toMatchObject([{ number, id: 'a', met: { by: 'id', state: 'pending' } }]);
      await stores.run(await stores.worker(), ok);
      expect(await insert(stores, again)).toMatchObject([{ number, met: { state: 'completed' } }]);
    });

    test('in one batch finds those before it, and numbers follow the order of the batch', async () => {
      const stores = await openStores(open);
      const [there] = await stores.enqueue({ key: 'there' });
      const found = { key: 'there', ifExists: 'skip' } as const;
      const inserted = await insert(stores, {}, skip, found, skip, {});
      const first = there! + 1;
      expect(inserted.map(({ number }) => number)).toEqual([first, first + 1, there, first + 1, first + 2]);
      expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(4);
    });

    test('an enqueue that is asked again with its token tells the same', async () => {
      const stores = await openStores(open);
      await stores.enqueue({}, { key: 'k', name: 'named' });
      const token = newToken();
      const jobs = [newJob(skip), newJob(), newJob(), newJob(skip)];
      const inserted = await stores.intake.insert(jobs, token);
      expect(inserted.map(({ number }) => number)).toEqual([2, 3, 4, 2]);
      const again = await stores.intake.insert(jobs, token);
      expect(again.map(({ number }) => number)).toEqual([2, 3, 4, 2]);
      expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(4);
    });
  });

  describe('error', () => {
    test('twice in one batch is refused as such, and nothing is stored', async () => {
      const stores = await openStores(open);
      await expect(stores.enqueue({ key: 'k' }, { key: 'k' })).rejects.toThrow(
        'the key "k" stands in this batch twice',
      );
      expect(await stores.jobs.list({}, { limit: 9 })).toEqual([]);
    });

    test('an id that is taken is told as such where there is a key, too', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ name: 'a' });
      await expect(stores.enqueue({ name: 'a', key: 'k' })).rejects.toThrow('the id "a" is taken by a pending job');
    });
  });

  describe('replace', () => {
    test('writes a waiting job anew under its number and id', async () => {
      const stores = await openStores(open);
      const [number] = await stores.enqueue({ key: 'k', name: 'nightly', priority: 3, maxRetries: 5, queue: 'q' });
      stores.advance(1000);
      const payload = Buffer.from('{"command":"new"}');
      const context = { host: 'h', uid: 1, cwd: '/new', umask: 0o22, env: { A: '1' } };
      const newer = { ...replace, payload, context, env: { B: '2' }, priority: 1, timeoutMs: 7000 };
      const [inserted] = await insert(stores, newer);
      expect(inserted).toEqual({
        number,
        id: 'nightly',
        queue: 'default',
        met: expect.objectContaining({ how: 'replaced' }),
      });
      const job = await stores.jobs.find('nightly');
      expect(job).toMatchObject({
        number,
        state: 'pending',
        queue: 'default',
        priority: 1,
        maxRetries: null,
        timeoutMs: 7000,
      });
      expect(job).toMatchObject({ payload: { command: 'new' }, key: 'k' });
      expect(job!.runAt).toBe(job!.createdAt + 1000);
      const [event] = await stores.jobs.events(number!);
      expect(event).toMatchObject({ what: 'replaced', who: 'me@here' });
      const [claim] = await stores.claim(await stores.worker(), 9);
      expect(claim).toMatchObject({ job: { number }, context, env: { B: '2' } });
    });

    test('takes what it was given before: the time, the expiry, the failures', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ key: 'k' });
      await stores.run(await stores.worker(), exit3);
      await insert(stores, { ...replace, when: { inMs: 5000 }, expiresInMs: 1000 });
      const later = await stores.jobs.find('1');
      expect(later).toMatchObject({ state: 'pending', failures: 0, attempt: 1, cause: null });
      expect(later!.wakeAt).toBe(later!.changedAt + 5000);
      expect(later!.expiresAt).toBe(later!.changedAt + 6000);
      await insert(stores, replace);
      expect(await stores.jobs.find('1')).toMatchObject({ wakeAt: null, expiresAt: null });
      expect(await stores.claim(await stores.worker())).toHaveLength(1);
    });

    test('leaves a held one held', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ key: 'k' });
      await stores.database.kysely.updateTable('jobs').set({ state: 'held' }).execute();
      await stores.database.kysely.updateTable('counts').set({ state: 'held' }).execute();
      await insert(stores, { ...replace, queue: 'q' });
      expect(await stores.jobs.find('1')).toMatchObject({ state: 'held', queue: 'q', wakeAt: null });
      const counts = await readCounts(stores.database.kysely);
      expect(counts).toEqual([{ queue: 'q', type: 'shell', state: 'held', n: 1 }]);
    });

    test('keeps the counters', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ key: 'k', queue: 'a' }, { name: 'n', queue: 'a', type: 'http' });
      await insert(stores, { ...replace, queue: 'b' }, { name: 'n', ifExists: 'replace', by: 'me' });
      expect(await readCounts(stores.database.kysely)).toEqual([
        { queue: 'b', type: 'shell', state: 'pending', n: 1 },
        { queue: 'default', type: 'shell', state: 'pending', n: 1 },
      ]);
    });

    test('of a running job is refused, and nothing of the batch is stored', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ key: 'k' });
      await stores.claim(await stores.worker());
      await expect(stores.enqueue({}, replace)).rejects.toThrow('job 1 (processing) has begun: it cannot be replaced');
      expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(1);
    });

    test('in one batch the last one counts', async () => {
      const stores = await openStores(open);
      const commanded = (command: string) => ({ ...replace, payload: Buffer.from(JSON.stringify({ command })) });
      const inserted = await insert(stores, commanded('1'), {}, commanded('2'), commanded('3'));
      expect(new Set([inserted[0]!.number, inserted[2]!.number, inserted[3]!.number]).size).toBe(1);
      const jobs = await stores.jobs.list({}, { limit: 9 });
      expect(jobs.filter(({ key }) => key === 'k').map(({ payload }) => payload)).toEqual([{ command: '3' }]);
      expect(jobs).toHaveLength(2);
    });

    test('gives an id to no other job', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ key: 'k', name: 'a' }, { name: 'b' });
      await expect(stores.enqueue({ ...replace, name: 'c' })).rejects.toThrow(
        'job a (pending) has the key "k" under another id',
      );
      await expect(stores.enqueue({ ...replace, name: 'b' })).rejects.toBeInstanceOf(Conflict);
    });
  });

  describe('a redrive', () => {
    async function deadAndAnother(stores: Stores, next: Partial<NewJob>): Promise<void> {
      await stores.enqueue({ key: 'k' });
      await stores.run(await stores.worker(), final);
      await stores.enqueue(next);
    }

    test('takes the key again', async () => {
      const stores = await openStores(open);
      await deadAndAnother(stores, {});
      await stores.redrive([1]);
      await expect(stores.enqueue({ key: 'k' })).rejects.toThrow('job 1 (pending) has the key "k"');
    });

    test('is refused while another job has the key, and nothing is changed', async () => {
      const stores = await openStores(open);
      await deadAndAnother(stores, { key: 'k' });
      const refused = stores.redrive([1]);
      await expect(refused).rejects.toThrow('job 1 cannot come back: job 2 (pending) has its key "k"');
      await expect(refused).rejects.toBeInstanceOf(Conflict);
      expect(await stores.jobs.find('1')).toMatchObject({ state: 'dead' });
      expect(await stores.jobs.events(1)).toEqual([]);
    });

    test('of two with the same key is refused', async () => {
      const stores = await openStores(open);
      await deadAndAnother(stores, { key: 'k' });
      await stores.run(await stores.worker(), final);
      await expect(stores.redrive([1, 2])).rejects.toThrow('job 2 cannot come back: job 1 (pending)');
    });

    test('of many that were found leaves those whose key is taken', async () => {
      const stores = await openStores(open);
      await deadAndAnother(stores, { key: 'k' });
      await stores.enqueue({ name: 'other' });
      await stores.cancel([3]);
      const found = { strict: false, change: null, who: 'me' };
      const done = await stores.changes.apply([1, 3], { kind: 'retry' }, found);
      expect(done).toMatchObject({ jobs: [{ number: 3 }], left: 1 });
      expect(await stores.jobs.find('1')).toMatchObject({ state: 'dead' });
    });

    test('of a completed job gives its key to the new one', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ key: 'k' }, { key: 'all', keyScope: 'all' });
      const worker = await stores.worker();
      await stores.run(worker, ok);
      await stores.run(worker, ok);
      await stores.redrive([1, 2], ['completed']);
      await expect(stores.enqueue({ key: 'k' })).rejects.toThrow('job 3 (pending) has the key "k"');
      await expect(stores.enqueue({ key: 'all' })).rejects.toThrow('job 2 (completed) has the key "all"');
      await expect(stores.redrive([1], ['completed'])).rejects.toThrow('job 3 (pending) has its key "k"');
    });

    test('that is undone gives the key back; a cancelled job takes it again unless another one has it', async () => {
      const stores = await openStores(open);
      const store = new UndoStore(stores.database);
      const undo = async () => store.undo((await store.last('me'))!, 0, { who: 'me', change: null });
      await deadAndAnother(stores, {});
      await stores.redrive([1]);
      expect(await undo()).toMatchObject({ jobs: { length: 1 } });
      const [third] = await stores.enqueue({ key: 'k' });
      await stores.cancel([third!]);
      expect(await undo()).toMatchObject({ jobs: { length: 1 } });
      await expect(stores.enqueue({ key: 'k' })).rejects.toThrow(`job ${third} (pending) has the key "k"`);
      await stores.cancel([third!]);
      await stores.enqueue({ key: 'k' });
      expect(await undo()).toMatchObject({ jobs: { length: 0 }, movedOn: 1 });
    });
  });

  describe('a job that enqueues another with its success', () => {
    async function settle(stores: Stores, followUps: Partial<NewJob>[], running: Partial<NewJob>) {
      const worker = await stores.worker();
      await stores.enqueue(running);
      const [claim] = await stores.claim(worker);
      const [settled] = (await stores.turn(worker, [ended(claim!, ok, { followUps: followUps.map(newJob) })], 0))
        .settled;
      return settled!;
    }

    test('may give it its own key', async () => {
      const stores = await openStores(open);
      expect(await settle(stores, [{ key: 'k' }], { key: 'k' })).toMatchObject({ state: 'completed' });
      expect(await stores.jobs.find('2')).toMatchObject({ state: 'pending', key: 'k' });
    });

    test('fails for good where the key is taken', async () => {
      const stores = await openStores(open);
      expect(await settle(stores, [{}, { key: 'k' }], { key: 'k', keyScope: 'all' })).toMatchObject({ state: 'dead' });
      const [attempt] = await stores.jobs.attempts(1);
      expect(attempt!.detail).toBe('a job that it enqueued was refused: job 1 (processing) has the key "k"');
      expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(1);
    });

    test('may skip or replace what is there', async () => {
      const stores = await openStores(open);
      await stores.enqueue({ key: 'k', when: { inMs: 9000 } }, { key: 'r', when: { inMs: 9000 } });
      const followUps: Partial<NewJob>[] = [skip, { ...replace, key: 'r', priority: 9 }];
      expect(await settle(stores, followUps, {})).toMatchObject({ state: 'completed' });
      expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(3);
      expect(await stores.jobs.find('2')).toMatchObject({ priority: 9, wakeAt: null });
    });

    test('does not stop those that end with it', async () => {
      const stores = await openStores(open);
      await stores.enqueue({}, {}, {});
      const worker = await stores.worker();
      const claims = await stores.claim(worker, 3);
      const keyed = [newJob({ key: 'k' })];
      const ends = claims.map((claim) => ended(claim, ok, { followUps: keyed }));
      const { settled } = await stores.turn(worker, ends, 0);
      expect(settled.map(({ state }) => state)).toEqual(['completed', 'dead', 'dead']);
      expect(await stores.jobs.list({ states: ['pending'] }, { limit: 9 })).toHaveLength(1);
    });
  });

  test.each(['error', 'skip', 'replace'] as const)(
    'of 100 enqueues of one key at once, from four connections, with %s, one row comes',
    async (ifExists) => {
      const stores = await openStores(open);
      const others = await Promise.all([stores.connect(), stores.connect(), stores.connect()]);
      const intakes = [stores.intake, ...others.map((database) => new IntakeStore(database))];
      const job = () => newJob({ key: 'one', ifExists, by: 'me' });
      const all = Array.from({ length: 100 }, (_, i) => intakes[i % 4]!.insert([job()], newToken()));
      const results = await Promise.allSettled(all);
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.length).toBe(ifExists === 'error' ? 99 : 0);
      expect(refused.every(({ reason }) => reason instanceof Conflict)).toBe(true);
      expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(1);
      const counts = await readCounts(stores.database.kysely);
      expect(counts).toEqual([{ queue: 'default', type: 'shell', state: 'pending', n: 1 }]);
    },
  );

  test('while workers end them, there is never more than one unfinished job of a key, and none is refused', async () => {
    const stores = await openStores(open);
    const other = await stores.connect();
    const intakes = [stores.intake, new IntakeStore(other)];
    const worker = (await stores.workers.register(newWorker()))!;
    let over = false;
    const working = (async () => {
      while (!over) {
        const [claim] = await stores.claim(worker);
        if (claim) await stores.turn(worker, [ended(claim, ok)], 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 0; round < 100; round++) {
      await Promise.all(intakes.map((intake) => intake.insert([newJob(skip)], newToken())));
      await new Promise((resolve) => setImmediate(resolve));
      const unfinished = stores.database.kysely
        .selectFrom('jobs')
        .select('number')
        .where('state', 'in', ['pending', 'processing']);
      expect((await unfinished.execute()).length).toBeLessThanOrEqual(1);
    }
    over = true;
    await working;
    expect((await stores.jobs.list({}, { limit: 999 })).length).toBeGreaterThan(1);
  });
}
