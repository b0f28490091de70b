// When a worker of another host is taken for dead, whatever the clock does.
import { beforeEach, expect, test } from 'vitest';
import { Silence } from '../../src/queue/silence.js';

const LEASE_MS = 60_000;
const START = 1_800_000_000_000;
let at: number;
let wall: number;
let row: { seenAt: number; leaseUntil: number };
let silence: Silence;

beforeEach(() => {
  at = 1000;
  wall = START;
  silence = new Silence(() => at);
  renew();
});

function renew(): void {
  row = { seenAt: wall, leaseUntil: wall + LEASE_MS };
}

/** Both clocks go on, and somebody looks. */
function afterMs(ms: number): boolean {
  at += ms;
  wall += ms;
  return silence.isDeadly({ worker: 7, ...row, leaseOver: row.leaseUntil < wall });
}

test('whoever has looked all the time takes it for dead when its lease is over', () => {
  expect(afterMs(0)).toBe(false);
  expect(afterMs(60_000)).toBe(false);
  expect(afterMs(1)).toBe(true);
});

test('F23 whoever looks for the first time does not, however long its lease has been over', () => {
  wall += 3 * 86_400_000;
  expect(afterMs(0)).toBe(false);
  expect(afterMs(30_000)).toBe(false);
  expect(afterMs(1)).toBe(true);
});

test('F23 nor is one that goes on renewing when the clock was set forward, though its lease was over at once', () => {
  expect(afterMs(0)).toBe(false);
  wall += 3 * 86_400_000;
  expect(afterMs(12_000)).toBe(false);
  for (let renewed = 0; renewed < 10; renewed++) {
    renew();
    expect(afterMs(12_000)).toBe(false);
  }
  expect(afterMs(12_000)).toBe(false);
  expect(afterMs(40_000)).toBe(true);
});

test('F22 after a whole lease of silence it is dead, though the clock was set back', () => {
  expect(afterMs(0)).toBe(false);
  wall -= 7_200_000;
  expect(afterMs(60_000)).toBe(false);
  expect(afterMs(1)).toBe(true);
});
