// A job's output, wherever it lies.
import { appendFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { existingOutput, type Followed, followOutput } from '../../src/queue/follow.js';
import type { AttemptOutput } from '../../src/queue/output.js';
import { NEVER_CUT, writeGap } from '../../src/storage/output-gap.js';
import { ended, exit3, ok } from '../storage/backend.js';
import { claim, enqueue, newWorkerOf, run, settle, temporaryQueue } from './temporary-queue.js';

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

/** What is printed; a gap is told in it. */
async function printed(parts: AsyncIterable<Followed>): Promise<string> {
  let text = '';
  for await (const part of parts) text += 'output' in part ? part.output.toString('latin1') : `(${part.note})`;
  return text;
}

/** A running job whose output has lost its middle: what was there reads as NUL. */
async function withGap() {
  const { queue } = await temporaryQueue();
  queue.files.ensure();
  await enqueue(queue, { id: 'job' });
  const worker = await newWorkerOf(queue);
  const [claimed] = await claim(queue, worker);
  const file = queue.files.output(1, 1);
  const from = NEVER_CUT + 4096;
  const to = from + 1_000_000;
  const head = `head\n${'h'.repeat(from - 5)}`;
  const tail = `${'t'.repeat(70_000)}\ntail\nend`;
  writeFileSync(file, `${head}${'\0'.repeat(to - from)}${tail}`);
  writeGap(file, { from, to });
  return { queue, worker, claimed: claimed!, file, head, tail, gap: '\n[1000000 bytes are not stored]\n' };
}

test('of a file whose middle was cut nothing is read but what is there', async () => {
  const { queue, head, tail, gap } = await withGap();
  expect(await textOf(await queue.output('job', null))).toBe(head + gap + tail);
});

test('the last lines of a file, as far as its gap', async () => {
  const { queue, file, tail } = await withGap();
  const last = (lines: number) => printed(existingOutput(queue, 'job', null, { stream: 1, lines }));
  expect(await last(0)).toBe('');
  expect(await last(1)).toBe('end');
  expect(await last(2)).toBe('tail\nend');
  expect(await last(3)).toBe(tail);
  expect(await last(100)).toBe(tail);
  appendFileSync(file, '\n');
  expect(await last(1)).toBe('end\n');
  appendFileSync(file, '\n');
  expect(await last(1)).toBe('\n');
});

test('the last lines over many chunks, and at their borders', async () => {
  const { queue } = await temporaryQueue();
  queue.files.ensure();
  await enqueue(queue, { id: 'job' });
  await claim(queue, await newWorkerOf(queue));
  const all = Array.from({ length: 40_000 }, (_, n) => `${n}\n`);
  writeFileSync(queue.files.output(1, 1), `\n${all.join('')}`);
  for (const lines of [1, 13_000, 13_107, 39_999, 40_000]) {
    expect(await printed(existingOutput(queue, 'job', null, { stream: 1, lines }))).toBe(all.slice(-lines).join(''));
  }
  for (const lines of [40_001, 50_000]) {
    expect(await printed(existingOutput(queue, 'job', null, { stream: 1, lines }))).toBe(`\n${all.join('')}`);
  }
});

test('the last lines of what is stored', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'short' }, { id: 'long' });
  await run(queue, ok, 1, { outputs: [stored('a\nb\nc\n')], outputBytes: 6 });
  await run(queue, ok, 1, { outputs: [stored('a\nb', 'c\nd\n', 7)], outputBytes: 14 });
  const last = async (id: string, lines: number) => textOf(await queue.output(id, null, { stream: 1, lines }));
  expect(await last('short', 2)).toBe('b\nc\n');
  expect(await last('short', 9)).toBe('a\nb\nc\n');
  expect(await last('long', 1)).toBe('d\n');
  expect(await last('long', 9)).toBe('c\nd\n');
});

test('who follows is told of what is cut before he comes to it', async () => {
  const { queue, worker, claimed, file, head, tail, gap } = await withGap();
  const following = printed(followOutput(queue, 'job', null));
  const short = printed(followOutput(queue, 'job', null, { stream: 1, lines: 1 }));
  await settle(queue, worker, ended(claimed, ok, { outputFile: '1.1', outputBytes: 1 }));
  appendFileSync(file, ' of it');
  expect(await following).toBe(`${head}${gap}${tail} of it`);
  expect(await short).toMatch(/^end/);
});

test('who follows sees the next attempt, also when it began and ended before the end of the first was seen', async () => {
  const { queue, advance } = await temporaryQueue();
  queue.files.ensure();
  await enqueue(queue, { id: 'job' });
  const worker = await newWorkerOf(queue);
  const [first] = await claim(queue, worker);
  writeFileSync(queue.files.output(1, 1), 'first ');
  const following = followOutput(queue, 'job', null);
  expect(await following.next()).toMatchObject({ value: { output: Buffer.from('first ') } });
  await settle(queue, worker, ended(first!, exit3));
  advance(2000);
  await run(queue, ok, 1, { outputs: [stored('second')], outputBytes: 6 });
  const rest = [];
  for await (const part of following) rest.push('note' in part ? part.note : part.output.toString());
  expect(rest).toEqual(['attempt 1 of job job ended: exit 3', 'second']);
});

test('a file that is cut while it is read', async () => {
  const { queue, file } = await withGap();
  const size = 600_000;
  writeFileSync(file, 'x'.repeat(size));
  writeGap(file, undefined);
  let text = '';
  for await (const chunk of (await queue.output('job', null))!.chunks) {
    text += chunk.toString('latin1');
    if (text.length < 200_000) {
      writeGap(file, { from: NEVER_CUT, to: 500_000 });
      writeFileSync(file, `${'x'.repeat(NEVER_CUT)}${'\0'.repeat(500_000 - NEVER_CUT)}${'x'.repeat(100_000)}`);
    }
  }
  expect(text).toBe(`${'x'.repeat(NEVER_CUT)}\n[${500_000 - NEVER_CUT} bytes are not stored]\n${'x'.repeat(100_000)}`);
});

test('each stream of its own', async () => {
  const { queue } = await temporaryQueue();
  await enqueue(queue, { id: 'split', split_output: true }, { id: 'one' });
  await run(queue, ok, 1, { outputs: [stored('err', null, 0, 2)], outputBytes: 3 });
  await run(queue, ok, 1, { outputs: [stored('both')], outputBytes: 4 });
  const both = (stream: 1 | 2, id: string) => queue.output(id, null, { stream, lines: null });
  expect(await textOf(await both(1, 'split'))).toBe('');
  expect((await both(1, 'split'))!.note).toBeNull();
  expect(await textOf(await both(2, 'split'))).toBe('err');
  expect(await textOf(await both(2, 'one'))).toBe('');
  expect((await both(2, 'one'))!.note).toContain('in the same stream');
});
