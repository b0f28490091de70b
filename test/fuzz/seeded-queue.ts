// A queue with a job in each state, and a folder of files, for random command lines to work on.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCounts } from '../../src/storage/counts.js';
import type { Sandbox } from '../sandbox.js';
import { ended, everything, newWorker, policy } from '../storage/backend.js';

/** @returns the folder */
export function makeFolder(sandbox: Sandbox): string {
  const folder = join(sandbox.folder, 'work');
  mkdirSync(join(folder, 'folder'), { recursive: true });
  const file = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);
  file('jobs.ndjson', '{"command":"true"}\n{"comand":"x"}\n');
  file('good.ndjson', '{"command":"true"}\n{"command":"true","queue":"mail"}\n');
  file('words.txt', 'one\ntwo words\n$(id)\n\x1b[31m\n');
  file('garbage.bin', Buffer.from([0, 255, 254, 10, 34, 0, 200, 10]));
  file('script.sh', '#!/bin/sh\ntrue\n');
  chmodSync(join(folder, 'script.sh'), 0o755);
  file('empty', '');
  return folder;
}

/** No process is behind its worker, and none is started: nothing runs. */
export async function fillQueue(sandbox: Sandbox): Promise<void> {
  const queue = await sandbox.queue();
  const red = '\x1b[31mred\x1b[0m\x07 \u202e';
  await sandbox.enqueue(
    { command: 'true' },
    { command: 'exit 3', max_retries: 0 },
    { id: 'dead-one', command: red, max_retries: 0, queue: 'mail' },
    { id: 'failed-one', command: 'exit 3' },
    { id: 'running-one', command: 'sleep 60' },
  );
  const worker = (await queue.workers.register(newWorker()))!;
  const turn = (room: number, all: Parameters<typeof queue.runs.turn>[0]['ended']) =>
    queue.runs.turn({ worker, ended: all, room, served: everything, policy });
  const { claims } = await turn(5, []);
  const output = { stream: 1 as const, head: Buffer.from(`${red}\nline\n`), tail: null, cutBytes: 0 };
  const outputs = { outputs: [output], outputBytes: output.head.length, result: '{"a":1}' };
  const exit3 = { outcome: 'failed', cause: 'exit:3', exitCode: 3, detail: red } as const;
  const [first, ...failing] = claims.slice(0, 4);
  await turn(0, [
    ended(first!, { outcome: 'succeeded', cause: null, exitCode: 0 }, outputs),
    ...failing.map((claim) => ended(claim, exit3, outputs)),
  ]);
  await queue.workers.end(worker);
  await sandbox.enqueue(
    { id: 'report', command: 'true', priority: 7 },
    { id: 'nightly', command: 'true', delay: '2h', queue: 'images' },
    { id: 'a.b:c-d', argv: ['printf', red], env: { TOKEN: 'hush' } },
    { command: 'true', queue: 'mail' },
  );
  await queue.change(await queue.select(['9']), { kind: 'cancel', signal: null });
}

/** @returns what is wrong with the queue */
export async function healthFaults(sandbox: Sandbox): Promise<string[]> {
  const { code, stdout, stderr } = await sandbox.run('status', '--json');
  if (code !== 0) return [`status leaves with ${code}: ${stdout}${stderr}`];
  const { kysely } = (await sandbox.queue()).database;
  const rows = await kysely
    .selectFrom('jobs')
    .select(({ fn }) => ['queue', 'type', 'state', fn.countAll<number>().as('n')])
    .groupBy(['queue', 'type', 'state'])
    .execute();
  const told = (all: typeof rows) => JSON.stringify(all.map((row) => [row.queue, row.type, row.state, row.n]).sort());
  const counted = told(await readCounts(kysely));
  return counted === told(rows) ? [] : [`the counters say ${counted}, the rows ${told(rows)}`];
}
