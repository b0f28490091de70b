// Contract: what an acknowledged enqueue means.
import { expect, test } from 'vitest';
import { Conflict, ExitCode } from '../../../src/errors.js';
import type { CallerContext } from '../../../src/job/job.js';
import { IntakeStore } from '../../../src/storage/intake.js';
import { newJob, newToken, type OpenBackend, openStores } from '../backend.js';

const caller: CallerContext = { host: 'here', uid: 1000, cwd: '/srv', umask: 0o27, env: { PATH: '/bin', LANG: 'C' } };

export function enqueueContract(open: OpenBackend): void {
  test('an acknowledged job is stored with all that was asked for', async () => {
    const stores = await openStores(open);
    const [number] = await stores.enqueue({
      name: 'report',
      queue: 'mail',
      priority: 5,
      payload: Buffer.from('{"command":"echo \\"ü\\""}'),
      maxRetries: 1,
      timeoutMs: 5000,
      backoffBase: 1.5,
      backoffMaxMs: 60_000,
    });
    const job = await stores.jobs.find('report');
    expect(job).toMatchObject({
      number,
      id: 'report',
      queue: 'mail',
      type: 'shell',
      state: 'pending',
      priority: 5,
      payload: { command: 'echo "ü"' },
      attempt: 0,
      failures: 0,
      crashes: 0,
      maxRetries: 1,
      timeoutMs: 5000,
      backoffBase: 1.5,
      backoffMaxMs: 60_000,
      wakeAt: null,
      cause: null,
      finishedAt: null,
    });
    expect(job!.runAt).toBe(job!.createdAt);
    expect(await stores.jobs.find(String(number))).toEqual(job);
  });

  test('a batch of 1,000 gets ascending numbers in its own order', async () => {
    const stores = await openStores(open);
    const jobs = Array.from({ length: 1000 }, (_, index) => ({ payload: Buffer.from(JSON.stringify({ index })) }));
    const numbers = await stores.enqueue(...jobs);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const stored = await stores.jobs.list({}, { limit: 2000 });
    expect(stored.map((job) => job.number)).toEqual(numbers);
    expect(stored.map((job) => job.payload)).toEqual(jobs.map((_, index) => ({ index })));
  });

  test('numbers are never given twice, not even that of a removed job', async () => {
    const stores = await openStores(open);
    const [first] = await stores.enqueue({});
    await stores.remove([first!], ['pending']);
    const [second] = await stores.enqueue({});
    expect(second).toBeGreaterThan(first!);
  });

  test('F47 an id that is taken is refused with exit code 4, and nothing of its batch is stored', async () => {
    const stores = await openStores(open);
    await stores.enqueue({ name: 'a' });
    const refused = stores.enqueue({ name: 'b' }, { name: 'a' }, {});
    await expect(refused).rejects.toThrow('the id "a" is taken by a pending job');
    await expect(refused).rejects.toBeInstanceOf(Conflict);
    await expect(refused).rejects.toMatchObject({ exitCode: ExitCode.conflict });
    expect((await stores.jobs.list({}, { limit: 9 })).map((job) => job.id)).toEqual(['a']);
  });

  test('F47 an id twice in one batch is refused as such', async () => {
    const stores = await openStores(open);
    await expect(stores.enqueue({ name: 'a' }, { name: 'a' })).rejects.toThrow('"a" stands in this batch twice');
    expect(await stores.jobs.list({}, { limit: 9 })).toEqual([]);
  });

  test('F47 of 100 enqueues of one id at once, from four connections, exactly one is acknowledged', async () => {
    const stores = await openStores(open);
    const others = await Promise.all([stores.connect(), stores.connect(), stores.connect()]);
    const intakes = [stores.intake, ...others.map((database) => new IntakeStore(database))];
    const all = Array.from({ length: 100 }, (_, i) => intakes[i % 4]!.insert([newJob({ name: 'one' })], newToken()));
    const results = await Promise.allSettled(all);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(results.length - refused.length).toBe(1);
    expect(refused.every(({ reason }) => reason instanceof Conflict)).toBe(true);
    expect(await stores.jobs.list({}, { limit: 9 })).toHaveLength(1);
  });

  test('asked again with the same token, an enqueue whose commit was unknown is answered and not repeated', async () => {
    const stores = await openStores(open);
    const token = newToken();
    const jobs = [newJob(), newJob({ name: 'named' }), newJob()];
    const inserted = await stores.intake.insert(jobs, token);
    const numbers = inserted.map(({ number }) => number);
    const [next] = await stores.enqueue({});
    expect(await stores.intake.insert(jobs, token)).toEqual(inserted);
    const stored = await stores.jobs.list({}, { limit: 9 });
    expect(stored.map((job) => job.number)).toEqual([...numbers, next]);
  });

  test('a token that failed is not held against a second try', async () => {
    const stores = await openStores(open);
    const [taken] = await stores.enqueue({ name: 'a' });
    const token = newToken();
    await expect(stores.intake.insert([newJob({ name: 'a' })], token)).rejects.toBeInstanceOf(Conflict);
    await stores.remove([taken!], ['pending']);
    expect(await stores.intake.insert([newJob({ name: 'a' })], token)).toHaveLength(1);
  });

  test('jobs of one caller share its surroundings, and each gets them back when it is claimed', async () => {
    const stores = await openStores(open);
    const elsewhere = { ...caller, cwd: '/tmp' };
    await stores.enqueue({ context: caller }, { context: { ...caller } }, { context: elsewhere, env: { A: '1' } }, {});
    const claims = await stores.claim(await stores.worker(), 9);
    expect(claims.map((claim) => claim.context)).toEqual([caller, caller, elsewhere, null]);
    expect(claims.map((claim) => claim.env)).toEqual([null, null, { A: '1' }, null]);
    const { kysely } = stores.database;
    expect(await kysely.selectFrom('contexts').selectAll().execute()).toHaveLength(2);
  });

  test('F45 any JSON payload comes back as it was', async () => {
    const stores = await openStores(open);
    const payloads = ['{"__proto__":{"a":1}}', '9007199254740991', '"\\ud800"', '[[]]', 'null', '{"a":"\\u0000"}'];
    const numbers = await stores.enqueue(...payloads.map((text) => ({ payload: Buffer.from(text) })));
    for (const [index, text] of payloads.entries()) {
      const job = await stores.jobs.find(String(numbers[index]));
      expect(JSON.stringify(job!.payload)).toBe(JSON.stringify(JSON.parse(text)));
    }
  });
}
