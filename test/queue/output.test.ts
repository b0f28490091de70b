// A job's output, wherever it lies.
import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AttemptOutput } from '../../src/queue/output.js';
import { exit3, ok } from '../storage/backend.js';
import { claim, enqueue, newWorkerOf, run, temporaryQueue } from './temporary-queue.js';

async function textOf(output: AttemptOutput | undefined): Promise<string> {
  const chunks = [];
  for await (const chunk of output!.chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

const stored = (head: string, tail: string | null = null, cutBytes = 0, stream: 1 | 2 = 1) => ({
  stream,
  head: Buffer.from(head, 'latin1'),
  tail: tail === null ? null : Buffer.from(tail, 'latin1'),
  cutBytes,
});

test('there is none before the first attempt, nor of an attempt that never was', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'job' });
  expect(await queue.output('job', null)).toBeUndefined();
  await run(queue, ok);
  expect(await queue.output('job', 2)).toBeUndefined();
});

test('short output comes from the database, byte for byte', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'job' });
  await run(queue, ok, 1, { outputs: [stored('a\0\xff\n')], outputBytes: 4 });
  const output = await queue.output('job', null);
  expect(output).toMatchObject({ note: null, file: null });
  expect(await textOf(output)).toBe('a\0\xff\n');
});

test('of several attempts the last one is shown unless another is asked for', async () => {
  const { queue, advance } = await temporaryQueue();
  await enqueue(queue, { id: 'job' });
  await run(queue, exit3, 1, { outputs: [stored('first')], outputBytes: 5 });
  advance(2000);
  await run(queue, ok, 1, { outputs: [stored('second')], outputBytes: 6 });
  expect(await textOf(await queue.output('job', null))).toBe('second');
  expect(await textOf(await queue.output('job', 1))).toBe('first');
});

test('while the job runs its output is the growing file', async () => {
  const { queue } = await temporaryQueue();
  queue.files.ensure();
  await enqueue(queue, { id: 'job' });
  await claim(queue, await newWorkerOf(queue));
  expect(await textOf(await queue.output('job', null))).toBe('');
  writeFileSync(queue.files.output(1, 1), 'so far');
  const output = await queue.output('job', null);
  expect(output!.file).toBe(queue.files.output(1, 1));
  expect(await textOf(output)).toBe('so far');
});

test('long output comes from its file, and when that is gone, from head and tail with a note', async () => {
  const { queue } = await temporaryQueue();
  queue.files.ensure();
  await enqueue(queue, { id: 'job' });
  await run(queue, ok, 1, { outputs: [stored('head', 'tail', 7)], outputBytes: 15, outputFile: '1.1' });
  writeFileSync(queue.files.output(1, 1), 'head-middle-tail');
  expect(await textOf(await queue.output('job', null))).toBe('head-middle-tail');
  queue.files.removeOutput('1.1');
  const output = await queue.output('job', null);
  expect(await textOf(output)).toBe('head\n[7 bytes are not stored]\ntail');
  expect(output!.note).toContain('7 bytes in the middle are left out');
});

test('output that was pruned is told as such; none at all is not', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'pruned' }, { id: 'silent' });
  await run(queue, ok, 1, { outputs: [], outputBytes: 5 });
  await run(queue, ok, 1, { outputs: [], outputBytes: 0 });
  expect((await queue.output('pruned', null))!.note).toBe('the output was pruned');
  expect((await queue.output('silent', null))!.note).toBeNull();
});
