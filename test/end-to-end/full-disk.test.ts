// F15: the disk of the database is full, and has room again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readLedger } from '../ledger.js';
import { Sandbox, until } from '../sandbox.js';
import { CAN_MOUNT, SmallDisk } from '../small-disk.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox('file');
});
afterEach(() => sandbox.remove());

test.skipIf(!CAN_MOUNT)(
  'F15 a worker keeps what ended while the disk is full, claims nothing, and goes on by itself (needs unshare)',
  async () => {
    const disk = await SmallDisk.mount(sandbox, '4m');
    const gate = join(sandbox.folder, 'gate');
    const said: string[] = [];
    const worker = disk.start('worker', 'start', '--foreground');
    worker.stdout!.on('data', (text) => said.push(String(text)));
    worker.stderr!.on('data', (text) => said.push(String(text)));
    await until('the worker', () => said.join('').includes('ready'));
    const gated = sandbox.ledgered(`until test -e '${gate}'; do sleep 0.05; done; (exit 3)`);
    await disk.must('enqueue', '--id', 'gated', '--max-retries', '0', '--', 'sh', '-c', gated);
    await until('the job to start', () => sandbox.entries().length === 1);
    for (const id of ['next', 'last']) {
      await disk.must('enqueue', '--id', id, '--', 'sh', '-c', sandbox.ledgered('true'));
    }
    await disk.fill();
    const refused = await disk.run('enqueue', '--', 'true');
    expect(refused).toMatchObject({ code: 74, stdout: '' });
    expect(refused.stderr).toContain(`the disk of ${disk.db} is full`);
    expect((await disk.run('status')).stdout).toMatch(/processing 1/);
    writeFileSync(gate, '');
    await until('the end of the job', () => sandbox.entries().length === 2);
    const told = () => said.join('').match(/cannot record its work: the disk of .* is full/g)?.length ?? 0;
    await until('the worker to say so, again and again', () => told() >= 5);
    expect(sandbox.entries()).toHaveLength(2); // there is a free slot, and the others were not started
    await disk.free();
    for (const id of ['gated', 'next', 'last']) await disk.run('wait', id);
    const { attempts } = JSON.parse(await disk.must('show', '--json', 'gated'));
    expect(attempts).toMatchObject([{ attempt: 1, outcome: 'failed', exit_code: 3 }]);
    const entries = readLedger(sandbox.ledger);
    expect(entries.map(({ job, what }) => `${job} ${what}`).sort()).toEqual([
      'gated end',
      'gated start',
      'last end',
      'last start',
      'next end',
      'next start',
    ]);
    worker.kill('SIGTERM');
    await until('the end of the worker', () => worker.exitCode !== null);
    expect(worker.exitCode).toBe(0);
  },
);
