// F52: a newer program changes the queue under a worker.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { workerEntry } from '../../src/program.js';
import { Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

test('F52 a worker whose queue is for newer programs now ends its jobs, claims none, and leaves with 78', async () => {
  const queue = await sandbox.queue();
  queue.files.ensure();
  const options = { pool: 'default', slot: 1, concurrency: 1, queues: null, foreground: false };
  const worker = spawn(process.execPath, [workerEntry(), JSON.stringify(options)], {
    env: sandbox.env({ XDG_DATA_HOME: join(sandbox.folder, '.local', 'share') }),
    stdio: 'ignore',
  });
  const left = once(worker, 'exit');
  const gate = join(sandbox.folder, 'gate');
  await sandbox.enqueue({ id: 'runs', command: sandbox.ledgered(`until test -e '${gate}'; do sleep 0.05; done`) });
  await until('the job to start', () => sandbox.entries().length === 1);
  await sandbox.enqueue({ id: 'next', command: 'true' });
  const { kysely } = queue.database;
  await kysely.updateTable('settings').set({ value: '999' }).where('name', '=', 'store.oldest_program').execute();
  queue.database.wake();
  const isStopping = async () => (await queue.workers.living())[0]?.state === 'stopping';
  await until('the worker to stop', isStopping);
  expect(await sandbox.run('status')).toMatchObject({ code: 78 });
  writeFileSync(gate, '');
  expect(await left).toEqual([78, null]);
  expect(await queue.job('runs')).toMatchObject({ state: 'completed', attempt: 1 });
  expect(await queue.job('next')).toMatchObject({ state: 'pending', attempt: 0 });
});
