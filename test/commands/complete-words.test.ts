// What a shell is told of a queue while a line is typed.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const words = async (...line: string[]) => (await sandbox.must('complete-words', ...line)).trimEnd().split('\n');

test('no more than 200 ids are offered, the newest jobs first', async () => {
  await sandbox.enqueue(...Array.from({ length: 300 }, () => ({ command: 'true' })));
  const offered = await words('show', '');
  expect([offered.length, offered[0]]).toEqual([200, '300\tpending: true']);
});

test('only those that the command is about', async () => {
  await sandbox.enqueue({ id: 'waits', command: 'true' }, { id: 'held', command: 'true', queue: 'other' });
  await sandbox.must('hold', 'held');
  expect(await words('release', '')).toEqual(['held\theld: true']);
  expect(await words('cancel', '')).toEqual(['held\theld: true', 'waits\tpending: true']);
  expect(await words('dlq', 'retry', '')).toEqual(['']);
  expect(await words('list', '--queue', '')).toEqual(['default', 'other']);
});
