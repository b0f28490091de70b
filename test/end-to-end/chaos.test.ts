// Failures on request (F64): they need the setting and the worker's environment, and status shows the setting.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import { Sandbox } from '../sandbox.js';

const TYPES = `
const type = (name, handler) => ({ name, load: async () => ({ parse: (input) => input, run() {}, ...handler }) });
export default () => [type('inside', {}), type('alone', { isolated: true })];
`;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  linkPlugin(sandbox, 'queuectl-plugin-test', TYPES);
});
afterEach(() => sandbox.remove());

const CHAOS = { env: { QUEUECTL_CHAOS: '1' } };
const banner = /^failure_rate is 1: workers with QUEUECTL_CHAOS=1/;

async function enqueueAll(prefix: string): Promise<string[]> {
  await sandbox.enqueue({ id: `${prefix}-shell`, command: `touch ${prefix}-ran`, max_retries: 0 });
  for (const type of ['inside', 'alone']) {
    await sandbox.must('enqueue', '--type', type, '--payload', '{}', '--id', `${prefix}-${type}`, '--max-retries', '0');
  }
  return ['shell', 'inside', 'alone'].map((type) => `${prefix}-${type}`);
}

test('F64 with the setting and the variable attempts of every type fail, and nothing of them is run', async () => {
  await sandbox.runWith(CHAOS, 'worker', 'start');
  await sandbox.must('config', 'set', 'failure_rate', '1'); // a running worker takes it up
  const queue = await sandbox.queue();
  for (const id of await enqueueAll('a')) {
    expect(await sandbox.ended(id)).toMatchObject({ state: 'dead', cause: 'error:injected', attempt: 1 });
    const { attempts } = await queue.details(id);
    expect(attempts).toMatchObject([{ outcome: 'failed', detail: expect.stringContaining('nothing of it was run') }]);
    expect(await sandbox.run('wait', id)).toMatchObject({ code: 1, stdout: `${id} dead error:injected\n` });
  }
  expect(existsSync(join(sandbox.folder, 'a-ran'))).toBe(false);
  expect(await sandbox.must('status')).toMatch(banner);
  expect(JSON.parse(await sandbox.must('status', '--json'))).toMatchObject({ failure_rate: 1 });

  await sandbox.must('config', 'unset', 'failure_rate');
  for (const id of await enqueueAll('b')) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
  expect(await sandbox.must('status')).not.toContain('failure_rate');
});

test('F64 the setting alone does nothing but show itself', async () => {
  await sandbox.must('config', 'set', 'failure_rate', '1');
  await sandbox.must('worker', 'start');
  for (const id of await enqueueAll('a')) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
  expect(await sandbox.must('status')).toMatch(banner);
});

test('F64 the environment alone does nothing: no variable stands for the setting', async () => {
  await sandbox.runWith({ env: { ...CHAOS.env, QUEUECTL_FAILURE_RATE: '1' } }, 'worker', 'start');
  for (const id of await enqueueAll('a')) expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
  expect(await sandbox.must('status')).not.toContain('failure_rate');
});

test('at a rate in between some attempts fail, and retries bring every job through', async () => {
  await sandbox.must('config', 'set', 'failure_rate', '0.5');
  await sandbox.must('config', 'set', 'backoff_base', '0');
  await sandbox.runWith(CHAOS, 'worker', 'start', '--concurrency', '4');
  const ids = Array.from({ length: 40 }, (_, n) => `job-${n}`);
  await sandbox.enqueue(...ids.map((id) => ({ id, command: 'true', max_retries: 1000 })));
  let attempts = 0;
  for (const id of ids) {
    const job = await sandbox.ended(id);
    expect(job.state).toBe('completed');
    attempts += job.attempt;
  }
  expect(attempts).toBeGreaterThan(ids.length);
  const rates = await sandbox.run('config', 'set', 'failure_rate', '1.5');
  expect(rates).toMatchObject({ code: 2, stderr: expect.stringContaining('a number from 0 to 1') });
});
