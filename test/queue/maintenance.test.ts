// Upkeep: which workers are taken for gone, and what is kept no longer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bootOf, hostKey, identify } from '../../src/process/identity.js';
import { endDeadWorkers, orphans } from '../../src/queue/maintenance.js';
import { prune } from '../../src/queue/prune.js';
import { until } from '../sandbox.js';
import { newWorker, ok } from '../storage/backend.js';
import { claim, enqueue, newWorkerOf, run, temporaryQueue } from './temporary-queue.js';

const here = hostKey();
const me = identify(process.pid)!;

/** A worker's row that is this process, except as said. */
const row = (more = {}) => newWorker({ host: here, pid: me.pid, pidStart: me.start, ...more });

/** A row whose process cannot be looked at from here. */
const elsewhere = { host: `${bootOf(here)}/0`, pid: 999_999_999, pidStart: '1' };

describe('a worker', () => {
  test('that lives is left alone, also when its lease is over: on its own host it goes by identity', async () => {
    const { queue, advance } = await temporaryQueue();
    await queue.workers.register(row());
    advance(3 * 86_400_000); // F23
    expect(await endDeadWorkers(queue)).toEqual([]);
  });

  test('that was killed is noticed at once, within its lease', async () => {
    const { queue } = await temporaryQueue();
    const child = spawn('sleep', ['60']);
    const { start } = identify(child.pid!)!;
    const number = await queue.workers.register(row({ pid: child.pid, pidStart: start }));
    expect(await endDeadWorkers(queue)).toEqual([]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await endDeadWorkers(queue)).toMatchObject([{ number }]);
    expect(await queue.workers.living()).toEqual([]);
  });

  test('F17 whose pid belongs to another process by now is gone', async () => {
    const { queue } = await temporaryQueue();
    await queue.workers.register(row({ pidStart: 'another' }));
    expect(await endDeadWorkers(queue)).toHaveLength(1);
  });

  test('F29 of another boot is gone at once, without waiting for its lease', async () => {
    const { queue } = await temporaryQueue();
    await queue.workers.register(row({ host: 'another-boot/1' }));
    expect(await endDeadWorkers(queue)).toHaveLength(1);
  });

  test('F65 of another PID namespace is gone only when its lease is over: its pid says nothing here', async () => {
    const { queue } = await temporaryQueue();
    const from = performance.now();
    await queue.workers.register(row({ ...elsewhere, leaseMs: 300 }));
    expect(await endDeadWorkers(queue)).toEqual([]);
    await until('it to be taken for dead', async () => (await endDeadWorkers(queue)).length === 1);
    expect(performance.now() - from).toBeGreaterThan(298); // the clock of leases counts whole milliseconds
  });

  test('F23 of another PID namespace is not gone because the clock was set forward: it goes on renewing', async () => {
    const { queue, advance } = await temporaryQueue();
    const number = await queue.workers.register(row(elsewhere));
    await endDeadWorkers(queue);
    advance(3 * 86_400_000);
    expect((await queue.workers.living())[0]).toMatchObject({ number, leaseOver: true });
    expect(await endDeadWorkers(queue)).toEqual([]);
    await queue.workers.renew(number!, { state: 'running', leaseMs: 60_000, cpuMs: 0, rssBytes: 0 });
    expect(await endDeadWorkers(queue)).toEqual([]);
    expect((await queue.workers.living())[0]).toMatchObject({ number, leaseOver: false });
  });

  test('F23 of another PID namespace leaves no job to whoever has just come, though its lease seems over', async () => {
    const { queue, advance } = await temporaryQueue();
    await enqueue(queue, {});
    const number = (await queue.workers.register(row({ ...elsewhere, leaseMs: 300 })))!;
    await claim(queue, number);
    await queue.workers.end(number);
    advance(3 * 86_400_000);
    expect(await orphans(queue)).toEqual([]);
    await until('its job to be free', async () => (await orphans(queue)).length === 1);
  });

  test('of another host leaves its jobs to the living workers there, however long its lease is over', async () => {
    const { queue } = await temporaryQueue();
    await enqueue(queue, {});
    const number = (await queue.workers.register(row({ ...elsewhere, leaseMs: 100 })))!;
    const second = (await queue.workers.register(row({ ...elsewhere, slot: 2 })))!;
    await claim(queue, number);
    await queue.workers.end(number);
    expect(await orphans(queue)).toEqual([]);
    const from = performance.now();
    await until('its lease to be over', () => performance.now() - from > 300);
    expect(await orphans(queue)).toEqual([]);
    await queue.workers.end(second);
    expect(await orphans(queue)).toHaveLength(1);
  });

  test('F59 is ended by one of eight sweepers', async () => {
    const { queue } = await temporaryQueue();
    await queue.workers.register(row({ pidStart: 'another' }));
    const ended = await Promise.all(Array.from({ length: 8 }, () => endDeadWorkers(queue)));
    expect(ended.flat()).toHaveLength(1);
  });
});

test('pruning follows the settings: completed jobs go after keep_completed, dead ones stay', async () => {
  const { queue, advance } = await temporaryQueue();
  await enqueue(queue, { id: 'completed' }, { id: 'dead' }, { id: 'pending' });
  await run(queue, ok);
  await run(queue, { outcome: 'failed', cause: 'exit:1', final: true });
  const sweep = async () => prune(queue, await queue.settings());
  advance(30 * 86_400_000 - 60_000);
  expect(await sweep()).toBe(0);
  advance(120_000);
  expect(await sweep()).toBe(1);
  await queue.setSetting('keep_dead', '7d');
  expect(await sweep()).toBe(1);
  expect((await queue.list({}, { limit: 9 })).map(({ id }) => id)).toEqual(['pending']);
});

test('an output file that no attempt needs is removed: its worker died before it could', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'short' }, { id: 'long' }, { id: 'running' });
  await run(queue, ok);
  await run(queue, ok, 1, { outputFile: '2.1' });
  await claim(queue, await newWorkerOf(queue));
  queue.files.ensure();
  const long = ['2.1', '2.1.gap', '2.1.err', '2.1.err.gap'];
  const running = ['3.1', '3.1.err', '3.1.gap', '3.1.result'];
  const strays = ['1.1', '1.1.err', '1.1.result', '2.1.result', '4.1', '4.1.gap.new'];
  for (const name of [...long, ...running, ...strays, 'another']) writeFileSync(join(queue.files.outputs, name), 'x');
  await prune(queue, await queue.settings());
  expect(readdirSync(queue.files.outputs).sort()).toEqual([...long, ...running, 'another'].sort());
});

test('what a long output left goes with its retention, and with its job', async () => {
  const { queue, advance } = await temporaryQueue();
  await enqueue(queue, { id: 'pruned' });
  const stored = { stream: 2, head: Buffer.from('x'), tail: null, cutBytes: 0 } as const;
  await run(queue, ok, 1, { outputFile: '1.1', outputs: [stored] });
  await queue.setSetting('keep_outputs', '1h');
  advance(7_200_000);
  await enqueue(queue, { id: 'purged' });
  await run(queue, { outcome: 'failed', cause: 'exit:1', final: true }, 1, { outputFile: '2.1' });
  queue.files.ensure();
  for (const name of ['1.1', '1.1.gap', '1.1.err', '1.1.err.gap', '2.1', '2.1.gap', '2.1.err'])
    writeFileSync(join(queue.files.outputs, name), 'x');
  await queue.change(await queue.select(['purged']), { kind: 'delete' });
  expect(readdirSync(queue.files.outputs).sort()).toEqual(['1.1', '1.1.err', '1.1.err.gap', '1.1.gap']);
  await prune(queue, await queue.settings());
  expect(readdirSync(queue.files.outputs)).toEqual([]);
});
