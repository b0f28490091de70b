// How many jobs are claimed ahead: as many as run in a moment, and none of which nothing is known.
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Claim } from '../../src/storage/claims.js';
import { Stock } from '../../src/worker/stock.js';

const claims = (count: number) => Array.from({ length: count }, (_, n) => ({ job: { number: n } }) as Claim);

test('none before a job has run; then work for 50 ms', () => {
  const stock = new Stock(10);
  expect(stock.room).toBe(0);
  stock.ran(5);
  expect(stock.room).toBe(100);
});

test('never more than a transaction takes, and none of long jobs', () => {
  const [quick, slow] = [new Stock(10), new Stock(1)];
  quick.ran(0);
  expect(quick.room).toBe(500);
  slow.ran(60);
  expect(slow.room).toBe(0);
});

test('one long job among short ones lowers it at once', () => {
  const stock = new Stock(1);
  stock.ran(0.1);
  expect(stock.room).toBe(500);
  stock.ran(10_000);
  expect(stock.room).toBe(0);
});

test('it is filled when half of it is used, and given out in order', () => {
  const stock = new Stock(10);
  stock.ran(5);
  stock.add(claims(60));
  expect(stock.room).toBe(0);
  expect(Array.from({ length: 10 }, () => stock.take()!.job.number)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(stock.room).toBe(50);
  expect(stock.remove(({ job }) => job.number < 20)).toHaveLength(10);
  expect(stock.size).toBe(40);
});

test('an empty one need not be given back', () => {
  const stock = new Stock(1);
  expect(stock.keptForMs).toBe(Number.POSITIVE_INFINITY);
  stock.add(claims(1));
  expect(stock.keptForMs).toBeLessThanOrEqual(250);
  stock.take();
  expect(stock.keptForMs).toBe(Number.POSITIVE_INFINITY);
  expect(stock.take()).toBeUndefined();
});

test('what has waited for half a second is given back, though others were taken meanwhile', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const stock = new Stock(10);
  stock.add(claims(10));
  for (let ms = 100; ms < 500; ms += 100) {
    vi.advanceTimersByTime(100);
    expect(stock.take()).toBeDefined();
    stock.add(claims(1));
  }
  vi.advanceTimersByTime(100);
  expect(stock.take()).toBeUndefined();
  expect(stock.keptForMs).toBe(0);
});
