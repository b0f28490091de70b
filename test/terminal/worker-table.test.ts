// The table of workers, wide and narrow.
import { expect, test } from 'vitest';
import type { WorkerView } from '../../src/queue/overview.js';
import { PLAIN } from '../../src/terminal/screen.js';
import { widthOf } from '../../src/terminal/width.js';
import { workerLines, workerTable } from '../../src/terminal/worker-table.js';

const now = 1_800_000_000_000;

function worker(more: Partial<WorkerView> = {}): WorkerView {
  return {
    ...{ number: 1, name: 'worker-1', host: 'boot/ns', hostName: 'box', pool: 'default', slot: 1, pid: 4242 },
    ...{ pidStart: '1', version: '0.1.0', queues: null, types: ['shell'], concurrency: 1, state: 'running' },
    ...{ startedAt: now - 100_000, readyAt: now, seenAt: now - 3000, leaseUntil: now, leaseOver: false, stop: null },
    ...{ cpuMs: 970, rssBytes: 48_000_000, done: 12, failed: 3, jobs: [], gone: false, now },
    ...more,
  };
}

test('shows place, state, age, CPU, memory, jobs done and the last heartbeat', () => {
  expect(workerTable([worker()], PLAIN).split('\n')).toEqual(
    [
      'worker    pool     slot  state    job   pid  up        cpu  memory  done  failed  heartbeat',
      'worker-1  default     1  running       4242  1 m 40 s  1.0 %   48 MB    12       3  3 s ago',
    ].map((line) => expect.stringMatching(new RegExp(`^${line.replace(/ +/g, ' +').replace(/[.]/g, '\\.')}$`))),
  );
});

test('queues, jobs at once and host are shown when they differ', () => {
  const others = [worker({ queues: ['mail'] }), worker({ concurrency: 4, hostName: 'other' })];
  const [head, first, second] = workerTable(others, PLAIN).split('\n');
  expect(head).toMatch(/heartbeat +queues +at once +host$/);
  expect(first).toMatch(/mail +1 +box$/);
  expect(second).toMatch(/all +4 +other$/);
});

test('status names the host of each worker where there are several', () => {
  const [first, second] = workerLines([worker(), worker({ hostName: 'other' })], PLAIN).split('\n');
  expect(first).toMatch(/^worker-1 on box +idle/);
  expect(second).toMatch(/^worker-1 on other +idle/);
  expect(workerLines([worker(), worker({ name: 'worker-2' })], PLAIN)).not.toContain(' on ');
});

test('before the first sign of life there is no CPU and no memory; one that is gone says since when', () => {
  const fresh = worker({ cpuMs: null, rssBytes: null, gone: true });
  expect(workerTable([fresh], PLAIN)).toContain('gone, last seen 3 s ago');
  expect(workerTable([fresh], PLAIN)).not.toContain('%');
});

test.each([1, 20, 60, 80, 100, 110, 140])('fits a terminal of %i columns', (columns) => {
  const text = workerTable([worker(), worker({ name: 'a-rather-long-name-of-a-pool-12' })], { ...PLAIN, columns });
  for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
});

test('a terminal of 80 columns cuts nothing that matters', () => {
  const [head] = workerTable([worker()], { ...PLAIN, columns: 80 }).split('\n');
  expect(head!.split(/ +/)).toEqual(['worker', 'state', 'job', 'pid', 'up', 'cpu', 'memory', 'done']);
});
