// Creates or opens a queue and uses it: enqueues one by one, works in turns, and acknowledges each on standard output.
// writer FILE PREFIX JOBS
import { writeSync } from 'node:fs';
import { checkRequest } from '../../../src/job/request.js';
import { openQueue } from '../../../src/open-queue.js';
import { defaultPolicy } from '../../../src/queue/policy.js';
import type { Ended } from '../../../src/storage/settlements.js';

const [file, prefix, count] = process.argv.slice(2);
const queue = await openQueue({ db: file! });
const settings = await queue.settings();
const caller = { host: 'here', uid: null, cwd: '/', umask: 0o022, env: {} };
const ack = (what: string) => writeSync(1, `ack ${what}\n`);

const worker = (await queue.workers.register({
  ...{ name: `${prefix}-1`, host: 'here', hostName: 'here', pool: prefix!, slot: 1, pid: 2, pidStart: '1' },
  ...{ version: '0', queues: null, types: ['shell'], concurrency: 2, leaseMs: 1000 },
}))!;

let ended: Ended[] = [];
for (let n = 1; n <= Number(count); n++) {
  const [id] = await queue.enqueue([checkRequest({ id: `${prefix}-${n}`, argv: ['echo', 'x'.repeat(n)] })], caller);
  ack(`enqueued ${id}`);
  if (n % 2 === 0) await turn(n);
}
while (ended.length > 0) await turn(0);
await queue.workers.end(worker);
await queue.close();

async function turn(n: number): Promise<void> {
  const served = { queues: null, types: ['shell'] };
  const { settled, claims } = await queue.runs.turn({
    worker,
    ended,
    room: 2,
    served,
    policy: defaultPolicy(settings),
  });
  for (const { ended: one } of settled) ack(`outcome ${one.id} ${one.attempt} ${one.ending.outcome}`);
  for (const { job } of claims) ack(`claimed ${job.id} ${job.attempt}`);
  ended = claims.map(({ job }) => ({
    ...{ job: job.number, id: job.id, attempt: job.attempt, queue: job.queue, type: job.type },
    ending:
      n % 10 === 0
        ? { outcome: 'failed', cause: 'exit:3', exitCode: 3 }
        : { outcome: 'succeeded', cause: null, exitCode: 0 },
    ...{ runMs: 1, waitMs: 1, outputBytes: 2000, outputFile: null, result: null, spentFiles: [] },
    outputs: [{ stream: 1, head: Buffer.alloc(2000, n), tail: null, cutBytes: 0 }],
  }));
}
