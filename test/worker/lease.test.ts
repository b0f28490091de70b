// When a worker gives its jobs back because nobody has heard of it, and what it does when the clock jumps.
import { beforeEach, expect, test } from 'vitest';
import { Lease } from '../../src/worker/lease.js';

const LEASE_MS = 60_000;
let at: number;
let wall: number;
let did: string[];
let lease: Lease;

beforeEach(() => {
  at = 1000;
  wall = 1_800_000_000_000;
  did = [];
  lease = new Lease(
    () => LEASE_MS,
    {
      giveBack: (how) => did.push(how),
      renew: () => did.push('renew'),
      clockWentBack: () => did.push('back'),
    },
    { monotonic: () => at, wall: () => wall },
  );
});

function renew(shared: boolean): boolean {
  return lease.renewing(shared)();
}

/** Both clocks go on, and it looks. */
function pass(ms: number): string[] {
  did = [];
  at += ms;
  wall += ms;
  lease.look();
  return did;
}

test('F25 F60 its jobs are given back after two thirds of the lease, and ended at once after five sixths', () => {
  renew(true);
  expect(pass(40_000)).toEqual([]);
  expect(pass(1)).toEqual(['release']);
  expect(pass(10_000)).toEqual(['now']);
  renew(true);
  expect(pass(39_000)).toEqual([]);
});

test('F18 nobody else can take them over where all workers live on one host: they go on', () => {
  renew(false);
  expect(pass(600_000)).toEqual([]);
});

test('F25 after a suspend it renews before anything else', () => {
  renew(true);
  expect(pass(5000)).toEqual([]);
  wall += 3_600_000; // the monotonic clock stands still meanwhile
  expect(pass(0)).toEqual(['renew']);
  expect(pass(1000)).toEqual([]);
});

test('F22 F23 a jump of the clock is noticed once, and ends no job', () => {
  renew(true);
  wall -= 7_200_000;
  expect(pass(1000)).toEqual(['back']);
  expect(pass(1000)).toEqual([]);
  wall += 3 * 86_400_000;
  expect(pass(1000)).toEqual(['renew']);
  wall += 1500; // NTP at work
  expect(pass(1000)).toEqual([]);
});

test('F25 frozen or suspended for a whole lease, it is over until it is renewed: nothing is claimed meanwhile', () => {
  renew(true);
  at += LEASE_MS;
  wall += LEASE_MS;
  expect(lease.isOver).toBe(false);
  at += 1;
  expect(lease.isOver).toBe(true);
  expect(renew(true)).toBe(true);
  expect(lease.isOver).toBe(false);
  expect(renew(true)).toBe(false);
  wall += LEASE_MS + 1; // the machine slept: only this clock went on
  expect(lease.isOver).toBe(true);
});

test('F25 a lease begins when its sign of life was sent, however late the answer comes', () => {
  const renewed = lease.renewing(true);
  expect(pass(40_000)).toEqual([]);
  renewed();
  expect(pass(1)).toEqual(['release']);
  const older = lease.renewing(true);
  pass(1000);
  renew(true);
  pass(20_000);
  older(); // two at once: the later one counts
  expect(pass(20_000)).toEqual([]);
});

test('F60 that there are others is known before the sign of life is sent: it may be the last one that gets through', () => {
  lease.renewing(true);
  expect(pass(40_001)).toEqual(['release']);
});
