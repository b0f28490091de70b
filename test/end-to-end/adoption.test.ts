// What the next worker makes of jobs whose worker died in the middle of something.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = new Sandbox();
  await sandbox.must('config', 'set', 'kill_grace_sec', '0.5');
});
afterEach(() => sandbox.remove());

const file = (name: string) => join(sandbox.folder, name);
const begun = (id: string) => until(`${id} to start`, () => sandbox.entries().includes(`${id} 1 start`));
const gated = () => sandbox.ledgered(`until test -e '${file('gate')}'; do sleep 0.05; done`);
const pidIn = (name: string) =>
  until(`the pid in ${name}`, () => existsSync(file(name)) && Number(readFileSync(file(name), 'utf8')));

/** @returns the pid of a worker that dies right after it has sent the first signal to a job */
async function workerThatDiesWhileItEnds(): Promise<number> {
  await sandbox.runWith({ env: { QUEUECTL_FAIL_POINT: 'tree-signalled' } }, 'worker', 'start');
  return (await sandbox.workerPids())[0]!;
}

const gone = (pid: number) => until(`process ${pid} to be gone`, () => !isAlive(pid));

/** A descendant that has left the session, and is deaf. */
const ESCAPED = `setsid sh -c 'trap "" TERM; echo $$ > escaped; while :; do sleep 0.1; done' & `;

test.each([
  ['that died of it', `${ESCAPED} exec sleep 600`],
  ['that is deaf to it', `trap '' TERM; ${ESCAPED} while :; do sleep 0.1; done`],
])('F04 F08 the timeout of a job %s is not forgotten when its worker dies over it', async (_, command) => {
  const worker = await workerThatDiesWhileItEnds();
  await sandbox.enqueue({ id: 'slow', command, timeout_sec: 1, max_retries: 0 });
  const escaped = await pidIn('escaped');
  await gone(worker);
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('slow')).toMatchObject({ state: 'dead', cause: 'timeout', attempt: 1, crashes: 0 });
  const [attempt] = (await (await sandbox.queue()).details('slow')).attempts;
  expect(attempt).toMatchObject({ outcome: 'timed_out', cause: 'timeout' });
  expect(isAlive(escaped)).toBe(false);
});

test('F04 a job that a signal ended in time, while no worker lived, did not time out', async () => {
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'victim', command: 'echo $$ > pid; exec sleep 600', timeout_sec: 300, max_retries: 0 });
  const pid = await pidIn('pid');
  const [worker] = await sandbox.workerPids();
  process.kill(worker!, 'SIGKILL');
  await gone(worker!);
  process.kill(pid, 'SIGTERM');
  await gone(pid);
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('victim')).toMatchObject({ state: 'dead', cause: 'signal:SIGTERM', crashes: 0 });
});

test('F04 a job that was being cancelled when its worker died is cancelled, also without retries left', async () => {
  const worker = await workerThatDiesWhileItEnds();
  await sandbox.enqueue({ id: 'unwanted', command: sandbox.ledgered('sleep 600'), max_retries: 0 });
  await begun('unwanted');
  await sandbox.must('cancel', 'unwanted', '--no-wait');
  await gone(worker);
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended('unwanted')).toMatchObject({ state: 'cancelled', cause: 'cancelled', attempt: 1 });
  expect(sandbox.entries()).toEqual(['unwanted 1 start']);
});

test('F01 a job that wants no timeout has none with the worker that takes it over either', async () => {
  await sandbox.must('config', 'set', 'timeout_sec', '0.5');
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'long', command: gated(), timeout_sec: 0 });
  await begun('long');
  const [worker] = await sandbox.workerPids();
  process.kill(worker!, 'SIGKILL');
  await gone(worker!);
  await sandbox.must('worker', 'start');
  const queue = await sandbox.queue();
  const [successor] = await queue.workers.living();
  await sandbox.job('long', (job) => job.worker === successor!.number);
  writeFileSync(file('gate'), '');
  expect(await sandbox.ended('long')).toMatchObject({ state: 'completed', attempt: 1 });
});

/** The worker that lives has had time to start something: it has given two signs of life since it took these jobs over. */
async function tookOver(...ids: string[]): Promise<void> {
  const queue = await sandbox.queue();
  const successor = async () => (await queue.workers.living())[0]!;
  const { number } = await successor();
  for (const id of ids) await sandbox.job(id, ({ worker }) => worker === number);
  for (let signs = 0; signs < 2; signs++) {
    const { seenAt } = await successor();
    await until('a sign of life', async () => (await successor()).seenAt > seenAt);
  }
}

test('a job that is taken over takes a slot: whoever runs one worker runs one job at a time', async () => {
  await sandbox.must('config', 'set', 'lease_sec', '5');
  await sandbox.must('worker', 'start');
  await sandbox.enqueue({ id: 'old', command: gated() }, { id: 'new', command: sandbox.ledgered('true') });
  await begun('old');
  await sandbox.must('worker', 'restart');
  await sandbox.enqueue({ id: 'newer', command: sandbox.ledgered('true') }); // wakes it
  await tookOver('old');
  writeFileSync(file('gate'), '');
  for (const id of ['old', 'new', 'newer']) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
  expect(sandbox.entries()).toEqual(['old', 'new', 'newer'].flatMap((id) => [`${id} 1 start`, `${id} 1 end`]));
});

test('more jobs than there are slots are taken over, and none is started beside them', async () => {
  await sandbox.must('config', 'set', 'lease_sec', '5');
  await sandbox.must('worker', 'start', '--concurrency', '3');
  const ids = ['a', 'b', 'c'];
  await sandbox.enqueue(...ids.map((id) => ({ id, command: gated() })));
  for (const id of ids) await begun(id);
  await sandbox.must('worker', 'stop', '--leave');
  await sandbox.enqueue({ id: 'next', command: sandbox.ledgered('true') });
  await sandbox.must('worker', 'start', '--concurrency', '2');
  await tookOver(...ids);
  expect(await (await sandbox.queue()).job('next')).toMatchObject({ state: 'pending', attempt: 0 });
  writeFileSync(file('gate'), '');
  for (const id of [...ids, 'next']) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed', attempt: 1 });
});
