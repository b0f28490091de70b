// Enqueueing: from a checked request to an acknowledged job.
import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BadInput, Conflict } from '../../src/errors.js';
import type { CallerContext } from '../../src/job/job.js';
import { checkRequest } from '../../src/job/request.js';
import { claim, enqueue, newWorkerOf, temporaryQueue } from './temporary-queue.js';

const caller: CallerContext = { host: 'here', uid: 1, cwd: '/srv', umask: 0o22, env: { PATH: '/bin' } };

test('ids come back in the order of the requests: names where they were given, else numbers', async () => {
  const { queue } = await temporaryQueue();
  expect(await enqueue(queue, {}, { id: 'report' }, {})).toEqual(['1', 'report', '3']);
  expect(await queue.enqueue([])).toEqual([]);
});

test('more than one batch is stored in order', async () => {
  const { queue } = await temporaryQueue();
  const ids = await enqueue(queue, ...Array.from({ length: 2500 }, () => ({})));
  expect(ids).toEqual(Array.from({ length: 2500 }, (_, index) => String(index + 1)));
});

test('a job runs where it was enqueued from, unless it names its folder', async () => {
  const { queue } = await temporaryQueue();
  await queue.enqueue([checkRequest({ command: 'x' }), checkRequest({ command: 'x', cwd: '/tmp' })], caller);
  const claims = await claim(queue, await newWorkerOf(queue), 2);
  expect(claims.map(({ context }) => context)).toEqual([caller, { ...caller, cwd: '/tmp' }]);
});

test('only the short list of variables is stored; secrets of the caller are not', async () => {
  const env = { PATH: '/bin', LC_ALL: 'C', HOME: '/root', AWS_SECRET: 'x', QUEUECTL_DB: 'postgres://u:p@h/d' };
  const { queue } = await temporaryQueue(env);
  await enqueue(queue, {});
  const [claimed] = await claim(queue, await newWorkerOf(queue));
  expect(claimed!.context!.env).toEqual({ HOME: '/root', LC_ALL: 'C', PATH: '/bin' });
  expect(claimed!.context!.cwd).toBe(process.cwd());
});

test.each([
  [{ type: 'shel' }, 'no such job type: shel'],
  [{ command: ' ' }, 'the command is empty'],
  [{ command: 'x'.repeat(131_072) }, '128 KiB'],
  [{ payload: { command: 'cat', stdin: 'x'.repeat(1_000_000) } }, 'larger than 1 MB'],
])('%j is refused, and nothing beside it is stored', async (request, said) => {
  const { queue } = await temporaryQueue();
  const requests = [
    { command: 'true' },
    { ...('payload' in request || 'type' in request ? {} : { command: 'x' }), ...request },
  ];
  const refused = queue.enqueue(requests.map(checkRequest));
  await expect(refused).rejects.toBeInstanceOf(BadInput);
  await expect(refused).rejects.toThrow(said);
  expect(await queue.list({}, { limit: 9 })).toEqual([]);
});

test('F47 an id that is taken is refused also when its job has ended', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'a' });
  await expect(enqueue(queue, { id: 'a' })).rejects.toBeInstanceOf(Conflict);
});

test('whoever waits for jobs is woken by an enqueue, a setting and a redrive', async () => {
  const { queue } = await temporaryQueue();
  queue.files.ensure();
  let wakes = 0;
  const stop = queue.database.onWake(() => {
    wakes += 1;
  });
  for (const act of [() => enqueue(queue, {}), () => queue.setSetting('max_retries', '1')]) {
    const before = wakes;
    await act();
    await expect.poll(() => wakes, { timeout: 5000, interval: 2 }).toBeGreaterThan(before);
  }
  stop();
  expect(statSync(`${queue.database.location}.files/wake`).size).toBe(1);
});

test('an enqueue needs no worker, no wake file and no folder', async () => {
  const { queue, location } = await temporaryQueue();
  await enqueue(queue, {});
  expect(() => statSync(`${location}.files`)).toThrow('ENOENT');
});
