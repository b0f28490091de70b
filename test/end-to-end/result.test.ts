// What a job leaves in QUEUECTL_RESULT_FILE becomes its result; whatever else lies there changes nothing.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.must('worker', 'start', '--concurrency', '4');
});
afterAll(() => sandbox.remove());

async function lastAttempt(id: string) {
  return (await (await sandbox.queue()).details(id)).attempts.at(-1)!;
}

const nothingLeft = async () => {
  const { outputs } = (await sandbox.queue()).files;
  await until('the files to go', () => readdirSync(outputs).length === 0);
};

test('a job leaves its result in a file', async () => {
  const text = '{"rows": 42, "note": "ä\\n"}';
  await sandbox.enqueue({ id: 'leaves', argv: ['sh', '-c', 'printf %s "$1" > "$QUEUECTL_RESULT_FILE"', 'sh', text] });
  expect(await sandbox.ended('leaves')).toMatchObject({ state: 'completed' });
  expect(await lastAttempt('leaves')).toMatchObject({ result: text, detail: null });
  const shown = JSON.parse(await sandbox.must('show', '--json', 'leaves'));
  expect(shown).toMatchObject({ result: text, attempts: [{ result: text }] });
  expect(await sandbox.must('show', 'leaves')).toMatch(/result +\{"rows": 42/);
  await nothingLeft();
});

test('a failed attempt may leave one too, and the next begins without', async () => {
  const command =
    'echo $QUEUECTL_TRY > $QUEUECTL_RESULT_FILE.new; mv $QUEUECTL_RESULT_FILE.new $QUEUECTL_RESULT_FILE; exit 1';
  await sandbox.enqueue({ id: 'twice', command, max_retries: 1, backoff_base: 0 });
  await sandbox.ended('twice');
  const { attempts } = await (await sandbox.queue()).details('twice');
  expect(attempts.map(({ result }) => result)).toEqual(['1\n', '2\n']);
});

test('a long one is shortened for people', async () => {
  await sandbox.enqueue({ id: 'long', command: `head -c 1048576 /dev/zero | tr '\\0' r > $QUEUECTL_RESULT_FILE` });
  await sandbox.ended('long');
  expect((await lastAttempt('long')).result).toBe('r'.repeat(1_048_576));
  expect((await sandbox.must('show', 'long')).length).toBeLessThan(2000);
});

test.each([
  ['too large', 'head -c 1048577 /dev/zero > $QUEUECTL_RESULT_FILE', 'larger than 1 MiB'],
  ['a link', 'ln -s /etc/passwd $QUEUECTL_RESULT_FILE', 'a symbolic link'],
  ['a pipe that nobody writes to', 'mkfifo $QUEUECTL_RESULT_FILE', 'not a plain file'],
  ['a folder', 'mkdir -p $QUEUECTL_RESULT_FILE/below', 'not a plain file'],
  ['not text', `printf '\\377' > $QUEUECTL_RESULT_FILE`, 'not UTF-8'],
  ['text with a NUL', `printf 'a\\0b' > $QUEUECTL_RESULT_FILE`, 'NUL'],
])('what is %s is not taken, which leaves the outcome alone', async (what, command, why) => {
  const id = what.replaceAll(' ', '-');
  await sandbox.enqueue({ id, command });
  expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', cause: null });
  const { result, detail } = await lastAttempt(id);
  expect(result).toBeNull();
  expect(detail).toMatch(/^result not taken: it/);
  expect(detail).toContain(why);
  await nothingLeft();
});

test('an adopted job has a result too', async () => {
  const gate = join(sandbox.folder, 'gate');
  const command = `echo on >> '${sandbox.ledger}'; until test -e '${gate}'; do sleep 0.05; done; printf done > $QUEUECTL_RESULT_FILE`;
  await sandbox.enqueue({ id: 'orphan', command });
  await until('the job to start', () => sandbox.entries().length === 1);
  await sandbox.must('worker', 'stop', '--leave');
  await sandbox.must('worker', 'start');
  writeFileSync(gate, '');
  expect(await sandbox.ended('orphan')).toMatchObject({ state: 'completed', attempt: 1 });
  expect((await lastAttempt('orphan')).result).toBe('done');
});
