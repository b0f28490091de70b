// Our side on PostgreSQL: the storage engine as a worker drives it, settling what ended and claiming more in one turn.
import { checkRequest, openQueue } from '../dist/index.js';

const POLICY = { maxRetries: 3, maxCrashes: 3, backoff: { base: 2, maxMs: 3_600_000, jitter: 0.1 } };
const SERVED = { queues: null, types: ['shell'] };
const NOTHING = { outputs: [], outputBytes: 0, outputFile: null, result: null, spentFiles: [] };
const LONGEST_REST_MS = 2000;

export const queuectl = {
  async open(url) {
    const queue = await openQueue({ db: url });
    const request = () => checkRequest({ command: 'true' });
    return {
      one: () => queue.enqueue([request()]),
      many: (count) => queue.enqueue(Array.from({ length: count }, request)),
      async allEnded() {
        const { counts } = await queue.overview();
        return counts.pending + counts.processing === 0;
      },
      close: () => queue.close(),
    };
  },

  /** @param room jobs of one turn @param started is told of each job as it begins, done of how many were recorded */
  async work(url, { room }, { started, done }) {
    const queue = await openQueue({ db: url });
    const worker = await queue.workers.register(aWorker(room));
    await queue.workers.ready(worker);
    const bell = newBell();
    queue.database.onWake(bell.ring);
    const turns = async () => {
      for (let ended = []; ; ) {
        const heard = bell.heard();
        const { claims, settled } = await queue.runs.turn({ worker, ended, room, served: SERVED, policy: POLICY });
        done(settled.length);
        ended = claims.map((claim) => {
          started();
          return endOf(claim);
        });
        if (ended.length === 0) await heard;
      }
    };
    void turns();
  },
};

function aWorker(concurrency) {
  const { pid } = process;
  const place = { name: `bench-${pid}`, host: 'bench', hostName: 'bench', pool: 'bench', slot: pid };
  const rest = { version: '0', queues: null, types: SERVED.types, leaseMs: 60_000 };
  return { ...place, pid, pidStart: '0', concurrency, ...rest };
}

function endOf({ job: { number, id, attempt, queue, type }, waitMs }) {
  const ending = { outcome: 'succeeded', cause: null, exitCode: 0 };
  return { job: number, id, attempt, queue, type, ending, runMs: 0.1, waitMs, ...NOTHING };
}

/** What rings while a turn is under way is heard after it. */
function newBell() {
  let wake = () => {};
  return {
    ring: () => wake(),
    heard: () =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, LONGEST_REST_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
