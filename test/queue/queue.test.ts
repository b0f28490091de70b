// The queue as commands use it: jobs by id, their story, the DLQ, and settings.
import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BadInput, Conflict, NoSuchJob } from '../../src/errors.js';
import type { Queue } from '../../src/queue/queue.js';
import { exit3, ok } from '../storage/backend.js';
import { enqueue, run, temporaryQueue } from './temporary-queue.js';

const final = { ...exit3, final: true };

async function redrive(queue: Queue, ...ids: string[]) {
  return queue.change(await queue.select(ids), { kind: 'retry' }, { from: ['dead'] });
}

test('a job is found by its id and by its number; an unknown one is exit code 3', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'report' });
  expect(await queue.job('report')).toEqual(await queue.job('1'));
  await expect(queue.job('nope')).rejects.toBeInstanceOf(NoSuchJob);
  await expect(queue.job('999999999999999999999')).rejects.toBeInstanceOf(NoSuchJob);
  await expect(queue.job('')).rejects.toHaveProperty('exitCode', 3);
});

test('the story of a job: its attempts, what people did, and who ran it', async () => {
  const { queue, advance } = await temporaryQueue();
  await enqueue(queue, { id: 'job', max_retries: 1 });
  await run(queue, exit3);
  advance(2000);
  await run(queue, exit3);
  await redrive(queue, 'job');
  await run(queue, ok);
  const { job, attempts, events, workers } = await queue.details('job');
  expect(job).toMatchObject({ state: 'completed', attempt: 3, failures: 0, cause: null });
  expect(attempts.map(({ attempt, outcome, cause }) => [attempt, outcome, cause])).toEqual([
    [1, 'failed', 'exit:3'],
    [2, 'failed', 'exit:3'],
    [3, 'succeeded', null],
  ]);
  expect(events).toMatchObject([{ what: 'retried', who: expect.stringContaining('@') }]);
  expect([...workers.keys()]).toEqual(attempts.map(({ worker }) => worker));
});

describe('the DLQ', () => {
  test('retrying takes ids in any form, once each, and refuses what is not dead as a whole', async () => {
    const { queue } = await temporaryQueue();
    await enqueue(queue, { id: 'a' }, { id: 'b' });
    await run(queue, final, 1);
    await expect(redrive(queue, 'a', 'b')).rejects.toBeInstanceOf(Conflict);
    await expect(redrive(queue, 'a', 'nope')).rejects.toBeInstanceOf(NoSuchJob);
    await redrive(queue, 'a', '1', 'a');
    const { job, events } = await queue.details('a');
    expect(job.state).toBe('pending');
    expect(events).toHaveLength(1);
  });

  test('more than a thousand are put back, or purged, batch by batch', async () => {
    const { queue } = await temporaryQueue();
    await enqueue(queue, ...Array.from({ length: 2300 }, () => ({})));
    await run(queue, final, 2300);
    const dead = { states: ['dead'] as const };
    const all = { named: null, filter: dead };
    expect((await queue.change(all, { kind: 'retry' })).ids).toHaveLength(2300);
    expect(await queue.list(dead, { limit: 1 })).toEqual([]);
    await run(queue, final, 2300);
    expect((await queue.change(all, { kind: 'delete' })).ids).toHaveLength(2300);
    expect(await queue.list({}, { limit: 1 })).toEqual([]);
  });

  test('purging removes the long outputs from the disk', async () => {
    const { queue } = await temporaryQueue();
    queue.files.ensure();
    await enqueue(queue, { id: 'a' }, { id: 'b' });
    await run(queue, final, 2, { outputFile: '1.1' });
    writeFileSync(queue.files.output(1, 1), 'long');
    await queue.change(await queue.select(['a', 'b']), { kind: 'delete' }); // both name the same file: one of them finds it gone
    expect(existsSync(queue.files.output(1, 1))).toBe(false);
  });
});

describe('settings', () => {
  test('are stored with the queue, override the default, and are overridden by the environment', async () => {
    const { queue } = await temporaryQueue({ QUEUECTL_BACKOFF_BASE: '5' });
    await queue.setSetting('max_retries', '1');
    await queue.setSetting('backoff_base', '3');
    expect(await queue.setting('max_retries')).toMatchObject({ value: 1, from: 'stored' });
    expect(await queue.setting('backoff_base')).toMatchObject({ value: 5, from: 'environment' });
    await queue.unsetSetting('max_retries');
    expect(await queue.setting('max_retries')).toMatchObject({ value: 3, from: 'default' });
    expect(await queue.settings()).toMatchObject({ max_retries: 3, backoff_base: 5 });
  });

  test('an unknown name is refused, with the nearest one; so is a value that does not fit', async () => {
    const { queue } = await temporaryQueue();
    await expect(queue.setting('max_retry')).rejects.toMatchObject({ suggestions: ['did you mean max_retries?'] });
    await expect(queue.setSetting('store.id', 'x')).rejects.toBeInstanceOf(BadInput);
    await expect(queue.unsetSetting('store.id')).rejects.toBeInstanceOf(BadInput);
    await expect(queue.setSetting('max_retries', 'many')).rejects.toThrow('max_retries takes a whole number');
    expect(await queue.setting('max_retries')).toMatchObject({ from: 'default' });
  });
});
