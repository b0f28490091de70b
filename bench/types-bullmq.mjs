// BullMQ through its own public interface, with its defaults: what completed is kept.
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const NAME = 'nothing';

export const bullmq = {
  async open(url) {
    const redis = new Redis(url, { maxRetriesPerRequest: null });
    await redis.flushall(); // what the rounds of before left
    const queue = new Queue(NAME, { connection: redis });
    return {
      many: (count) => queue.addBulk(Array.from({ length: count }, () => ({ name: NAME, data: {} }))),
      async close() {
        await queue.close();
        redis.disconnect();
      },
    };
  },

  async work(url, { started, done }) {
    const connection = new Redis(url, { maxRetriesPerRequest: null });
    const worker = new Worker(NAME, async () => started(), { connection, concurrency: 10 });
    worker.on('completed', () => done(1));
    await worker.waitUntilReady();
  },
};
