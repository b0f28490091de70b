// The steps of the model-based test: what workers and people do to a queue, in any order.
import fc from 'fast-check';
import type { ChangeKind } from '../../src/job/change.js';
import type { Ending } from '../../src/job/job.js';

/** Jobs and claims are meant by any number: see placeOf. */
export type Step =
  | {
      do: 'enqueue';
      queue: string;
      priority: number;
      inMs: number;
      expiresInMs: number | null;
      maxRetries: number | null;
      copies: number;
    }
  | { do: 'claim'; worker: number; room: number; queue: string | null }
  | { do: 'end'; claim: number; ending: Ending; by: 'its worker' | 'another'; twice: boolean; room: number }
  | { do: 'adopt'; claim: number; worker: number }
  | { do: 'change'; change: ModelChange; jobs: number[]; strict: boolean }
  | { do: 'undo' }
  | { do: 'pause' | 'resume'; queue: string }
  | { do: 'wait'; ms: number };

export type ModelChange =
  | { kind: Exclude<ChangeKind, 'update'> }
  | { kind: 'update'; queue?: string; priority?: number; inMs?: number; maxRetries?: number | null };

/** What a step answers: the same from the model and from the store, or else one of them is wrong. */
export type Answer = object;

export const WORKERS = 2;

const ENDINGS: Ending[] = [
  { outcome: 'succeeded', cause: null, exitCode: 0 },
  { outcome: 'failed', cause: 'exit:3', exitCode: 3 },
  { outcome: 'failed', cause: 'error:Final', final: true },
  { outcome: 'failed', cause: 'error:Later', retryAfterMs: 500 },
  { outcome: 'failed', cause: 'signal:SIGTERM', signal: 'SIGTERM' },
  { outcome: 'timed_out', cause: 'timeout' },
  { outcome: 'cancelled', cause: 'cancelled' },
  { outcome: 'lost', cause: 'worker_lost' },
  { outcome: 'released', cause: 'released' },
];

const queue = fc.constantFrom('a', 'b');
const priority = fc.constantFrom(-1, 0, 0, 5);
const inMs = fc.constantFrom(0, 0, 0, 3000);
const maxRetries = fc.constantFrom(null, 0, 2);
const which = fc.nat(999);
const worker = fc.nat(WORKERS - 1);

const change: fc.Arbitrary<ModelChange> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cancel', 'retry', 'hold', 'release', 'delete') }),
  fc.record({ kind: fc.constant('update' as const), queue, priority, inMs, maxRetries }, { requiredKeys: ['kind'] }),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      ...{ queue, priority, inMs, maxRetries },
      expiresInMs: fc.constantFrom(null, null, null, 2000),
      copies: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...{ do: fc.constant('claim' as const), worker },
      room: fc.integer({ min: 1, max: 3 }),
      queue: fc.option(queue, { freq: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ do: fc.constant('end' as const), claim: which, ending: fc.constantFrom(...ENDINGS) },
      by: fc.constantFrom('its worker', 'its worker', 'its worker', 'another'),
      twice: fc.constantFrom(false, false, false, true),
      room: fc.nat(2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('adopt' as const), claim: which, worker }) },
  {
    weight: 6,
    arbitrary: fc.record({
      ...{ do: fc.constant('change' as const), change, strict: fc.boolean() },
      jobs: fc.array(which, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undo' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), queue }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1000, 4000) }) },
);

export const sequence: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 1, maxLength: 30, size: 'max' });

/** One of so many, or now and then one that was never there. */
export function placeOf(any: number, length: number): number {
  return any % (length + 1);
}

export function placesOf(all: readonly number[], length: number): number[] {
  return [...new Set(all.map((any) => placeOf(any, length)))];
}
