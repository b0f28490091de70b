// Enqueues a batch in one transaction, waits until all of it has ended, and tells how long each job took.
// Run it where queuectl can be imported, with workers running: node library-use.mjs
import { setTimeout as sleep } from 'node:timers/promises';
import { checkRequest, openQueue, QueuectlError } from 'queuectl';

const ENDED = ['completed', 'dead', 'cancelled'];

async function ended(queue, id) {
  for (;;) {
    const job = await queue.job(id);
    if (ENDED.includes(job.state)) return job;
    await sleep(50);
  }
}

const queue = await openQueue();
try {
  const requests = [1, 2, 3].map((n) => ({ command: `sleep 0.${n}; echo slept`, queue: 'naps', priority: n }));
  const ids = await queue.enqueue(requests.map(checkRequest));
  for (const id of ids) {
    const job = await ended(queue, id);
    const { attempts } = await queue.details(id);
    console.log(`${id} ${job.state} after ${attempts.at(-1).runMs} ms`);
  }
  await queue.enqueue([checkRequest({ comand: 'sleep 1' })]);
} catch (error) {
  if (!(error instanceof QueuectlError)) throw error;
  console.log(`refused: ${error.message}; ${error.suggestions.join('; ')}`);
} finally {
  await queue.close();
}
