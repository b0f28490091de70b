// Contract: the counters tell the truth, whatever was done, in whatever order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Ending } from '../../../src/job/job.js';
import type { Claim } from '../../../src/storage/claims.js';
import { readCounts } from '../../../src/storage/counts.js';
import { ended, exit3, lost, type OpenBackend, ok, openStores, type Stores } from '../backend.js';

type Step =
  | { do: 'enqueue'; queue: string; type: string; inMs: number }
  | { do: 'claim'; room: number }
  | { do: 'settle'; which: number; ending: Ending }
  | { do: 'redrive' | 'remove'; which: number }
  | { do: 'wait'; ms: number };

const endings: Ending[] = [
  ok,
  exit3,
  { ...exit3, final: true },
  lost,
  { outcome: 'timed_out', cause: 'timeout' },
  { outcome: 'cancelled', cause: 'cancelled' },
  { outcome: 'released', cause: 'released' },
];

const which = fc.nat(30);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('enqueue' as const),
    queue: fc.constantFrom('a', 'b'),
    type: fc.constantFrom('shell', 'http'),
    inMs: fc.constantFrom(0, 0, 3000),
  }),
  fc.record({ do: fc.constant('claim' as const), room: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('settle' as const), which, ending: fc.constantFrom(...endings) }),
  fc.record({ do: fc.constantFrom('redrive' as const, 'remove' as const), which }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 10_000) }),
);

/** Does a step; what is not allowed in the state of things is refused by the store itself. */
async function perform(stores: Stores, worker: number, claims: Claim[], todo: Step): Promise<void> {
  if (todo.do === 'enqueue') await stores.enqueue({ queue: todo.queue, type: todo.type, when: { inMs: todo.inMs } });
  if (todo.do === 'claim')
    claims.push(...(await stores.claim(worker, todo.room, { queues: null, types: ['shell', 'http'] })));
  if (todo.do === 'settle' && claims.length > 0) {
    const claim = claims[todo.which % claims.length]!; // also one that was settled before
    await stores.turn(worker, [ended(claim, todo.ending)], 0);
  }
  if (todo.do === 'redrive' || todo.do === 'remove') {
    const jobs = await stores.jobs.list({}, { limit: 100 });
    const number = jobs[todo.which % Math.max(1, jobs.length)]?.number ?? 999;
    const change = todo.do === 'redrive' ? stores.redrive([number]) : stores.remove([number], ['dead', 'completed']);
    await change.catch((error) => expect(error).toHaveProperty('exitCode'));
  }
  if (todo.do === 'wait') stores.advance(todo.ms);
}

async function counted(stores: Stores) {
  const rows = await stores.database.kysely
    .selectFrom('jobs')
    .select(({ fn }) => ['queue', 'type', 'state', fn.countAll<number>().as('n')])
    .groupBy(['queue', 'type', 'state'])
    .execute();
  return rows.map(({ queue, type, state, n }) => `${queue} ${type} ${state} ${n}`).sort();
}

export function countsContract(open: OpenBackend): void {
  test('F63 after any sequence of changes the counters equal the rows, and no job is in an impossible state', async () => {
    const stores = await openStores(open);
    const worker = await stores.worker();
    const claims: Claim[] = [];
    const sequences = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      for (const todo of steps) await perform(stores, worker, claims, todo); // each sequence goes on where the last one ended
      const kept = await readCounts(stores.database.kysely);
      expect(kept.map(({ queue, type, state, n }) => `${queue} ${type} ${state} ${n}`).sort()).toEqual(
        await counted(stores),
      );
      for (const job of await stores.jobs.list({}, { limit: 1000 })) {
        expect(job.worker !== null, `job ${job.number}`).toBe(job.state === 'processing');
        expect(job.finishedAt !== null).toBe(['completed', 'dead', 'cancelled'].includes(job.state));
        if (job.state !== 'failed' && job.state !== 'pending') expect(job.wakeAt).toBeNull();
        const attempts = await stores.jobs.attempts(job.number);
        expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, index) => index + 1));
        expect(attempts.length).toBe(job.attempt);
        expect(attempts.filter(({ finishedAt }) => finishedAt === null).length).toBe(
          job.state === 'processing' ? 1 : 0,
        );
      }
    });
    await fc.assert(sequences, { numRuns: 60, endOnFailure: true });
  });
}
