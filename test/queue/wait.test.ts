// Waiting for jobs whose ends are written by another program.
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openQueue } from '../../src/open-queue.js';
import type { Queue } from '../../src/queue/queue.js';
import { waitFor } from '../../src/queue/wait.js';
import { enqueue, run, temporaryQueue } from './temporary-queue.js';

const succeeded = { outcome: 'succeeded', cause: null } as const;
const failed = { outcome: 'failed', cause: 'exit:3', exitCode: 3, final: true } as const;

/** A second connection, as another program has it. */
async function otherProgram(location: string): Promise<Queue> {
  const queue = await openQueue({ db: location, env: {} });
  onTestFinished(() => queue.close());
  return queue;
}

test('tells each end when it comes, and the highest exit code of all', async () => {
  const { queue, location } = await temporaryQueue();
  const worker = await otherProgram(location);
  await enqueue(queue, { id: 'a' }, { id: 'b' }, { id: 'c' });
  const told: string[] = [];
  const waiting = waitFor(queue, ['c', '1', 'b', 'a'], { onEnd: ({ id, state }) => told.push(`${id} ${state}`) });
  await run(worker, succeeded);
  await run(worker, failed);
  await run(worker, succeeded);
  const { reason, exitCode, jobs, ended } = await waiting;
  expect({ reason, exitCode }).toEqual({ reason: 'job', exitCode: 3 });
  expect(told).toEqual(['a completed', 'b dead', 'c completed']);
  expect(ended.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(jobs.map(({ id }) => id)).toEqual(['c', 'a', 'b']);
});

test('where nothing can be watched it looks by itself', async () => {
  const { queue, location } = await temporaryQueue();
  const worker = await otherProgram(location);
  await enqueue(queue, { id: 'a' });
  mkdirSync(`${location}.files`);
  symlinkSync('/nowhere/news', `${location}.files/news`);
  const waiting = waitFor(queue, ['a']);
  await run(worker, failed);
  expect(await waiting).toMatchObject({ exitCode: 3 });
});

test('hears of what its own program does', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'a' });
  const waiting = waitFor(queue, ['a']);
  await run(queue, failed);
  expect(await waiting).toMatchObject({ exitCode: 3 });
});

test('a job that is removed meanwhile is an error of its own', async () => {
  const { queue, location } = await temporaryQueue();
  await enqueue(queue, { id: 'stays' }, { id: 'goes' });
  const waiting = waitFor(queue, ['stays', 'goes'], {
    onUnserved: () => {
      const raw = new BetterSqlite3(location);
      raw.prepare(`delete from jobs where name = 'goes'`).run();
      raw.close();
    },
  });
  await expect(waiting).rejects.toMatchObject({ exitCode: 3, message: 'job goes was removed while it was waited for' });
});

test('a database that is replaced meanwhile is noticed', async () => {
  const { queue, location } = await temporaryQueue();
  await enqueue(queue, { id: 'a' });
  const waiting = waitFor(queue, ['a'], { onUnserved: () => renameSync(location, `${location}.old`) });
  await expect(waiting).rejects.toMatchObject({ exitCode: 74, message: expect.stringContaining('was removed') });
});

test('reads nothing while nothing changes, and few statements for many jobs', async () => {
  const { queue, location } = await temporaryQueue();
  const worker = await otherProgram(location);
  const ids = await enqueue(queue, ...Array.from({ length: 1200 }, (_, index) => ({ id: `job-${index}` })));
  let reads = 0;
  const { kysely } = queue.database;
  const select = kysely.selectFrom.bind(kysely);
  Object.assign(kysely, {
    selectFrom: (table: 'jobs') => {
      reads += 1;
      return select(table);
    },
  });
  expect(await waitFor(queue, ids, { withinMs: 300 })).toMatchObject({ reason: 'timeout', ended: [] });
  expect(reads).toBe(3);
  for (let left = 1200; left > 0; left -= 400) await run(worker, succeeded, 400);
  expect(await waitFor(queue, ids)).toMatchObject({ reason: 'job', exitCode: 0 });
  expect(reads).toBe(6);
});
