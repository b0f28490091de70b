// The shapes that `--json` prints. Scripts rely on them: a change here is a change for users.
import { expect, test } from 'vitest';
import type { Attempt, Job } from '../../src/job/job.js';
import {
  detailsDocument,
  eventDocument,
  jobDocument,
  metricsDocument,
  overviewDocument,
  waitDocument,
} from '../../src/queue/document.js';
import type { Metrics, StateCounts, WorkerView } from '../../src/queue/overview.js';

const at = Date.UTC(2026, 11, 1, 10);

const job: Job = {
  number: 7,
  id: 'job1',
  queue: 'default',
  type: 'shell',
  state: 'dead',
  priority: 0,
  runAt: at,
  wakeAt: null,
  expiresAt: null,
  key: null,
  attempt: 2,
  failures: 2,
  crashes: 0,
  worker: null,
  maxRetries: 1,
  timeoutMs: 1500,
  backoffBase: null,
  backoffMaxMs: null,
  cause: 'exit:3',
  parent: null,
  progress: null,
  createdAt: at,
  changedAt: at + 2000,
  startedAt: at + 1000,
  finishedAt: at + 2000,
  payload: { argv: ['make', 'a b'] },
};

const attempt: Attempt = {
  attempt: 2,
  worker: 4,
  startedAt: at + 1000,
  finishedAt: at + 2000,
  runMs: 1000,
  outcome: 'failed',
  exitCode: 3,
  signal: null,
  cause: 'exit:3',
  detail: null,
  outputBytes: 5,
  outputFile: null,
  result: null,
};

const worker: WorkerView = {
  number: 4,
  name: 'worker-1',
  host: 'boot+pidns',
  hostName: 'box',
  pool: 'default',
  slot: 1,
  pid: 4242,
  pidStart: '99',
  version: '0.1.0',
  queues: null,
  types: ['shell'],
  concurrency: 1,
  state: 'running',
  startedAt: at,
  readyAt: at,
  seenAt: at + 10_000,
  leaseUntil: at + 60_000,
  leaseOver: false,
  gone: false,
  stop: null,
  cpuMs: 250,
  rssBytes: 48_000_000,
  done: 3,
  failed: 2,
  jobs: [job],
  now: at + 14_000,
};

const counts: StateCounts = { pending: 0, processing: 1, completed: 2, failed: 0, dead: 1, cancelled: 0, held: 0 };

const metrics: Metrics = {
  now: at,
  counts,
  queues: [{ name: 'default', counts, pause: null }],
  failureRate: 0,
  workers: [worker],
  averageMs: 1234.567,
  succeeded: 3,
  failedAttempts: 2,
  lostAttempts: 0,
  p95Ms: 2047,
  averageWaitMs: null,
  throughputPerMinute: 3,
  deadByWorker: new Map([[4, 1]]),
};

test('a job', () => {
  expect(jobDocument(job)).toMatchInlineSnapshot(`
    {
      "attempt": 2,
      "backoff_base": null,
      "backoff_max_sec": null,
      "cause": "exit:3",
      "changed_at": "2026-12-01T10:00:02.000Z",
      "command": "make 'a b'",
      "crashes": 0,
      "created_at": "2026-12-01T10:00:00.000Z",
      "expires_at": null,
      "failures": 2,
      "finished_at": "2026-12-01T10:00:02.000Z",
      "id": "job1",
      "key": null,
      "max_retries": 1,
      "next_run_at": null,
      "number": 7,
      "parent": null,
      "payload": {
        "argv": [
          "make",
          "a b",
        ],
      },
      "priority": 0,
      "progress": null,
      "queue": "default",
      "reason": "exit 3",
      "run_at": "2026-12-01T10:00:00.000Z",
      "started_at": "2026-12-01T10:00:01.000Z",
      "state": "dead",
      "timeout_sec": 1.5,
      "type": "shell",
    }
  `);
});

test('a job in detail', () => {
  const events = [{ at, what: 'retried', who: 'me@box', before: '{"state":"dead"}' }];
  const surroundings = { cwd: '/srv/a', umask: 0o22, env: { MODE: 'fast', API_TOKEN: 'abc' } };
  const workers = new Map([[4, { name: 'worker-1', host: 'boot/1', hostName: 'box' }]]);
  const document = detailsDocument({ now: 0, job, surroundings, attempts: [attempt], events, workers });
  const { cwd, umask, env } = document;
  expect({ cwd, umask, env }).toEqual({ cwd: '/srv/a', umask: '0022', env: { MODE: 'fast', API_TOKEN: '***' } });
  expect({ attempts: document.attempts, events: document.events }).toMatchInlineSnapshot(`
    {
      "attempts": [
        {
          "attempt": 2,
          "cause": "exit:3",
          "detail": null,
          "duration_ms": 1000,
          "exit_code": 3,
          "finished_at": "2026-12-01T10:00:02.000Z",
          "host": "box",
          "outcome": "failed",
          "output_bytes": 5,
          "output_truncated": false,
          "reason": "exit 3",
          "result": null,
          "signal": null,
          "started_at": "2026-12-01T10:00:01.000Z",
          "worker": "worker-1",
        },
      ],
      "events": [
        {
          "at": "2026-12-01T10:00:00.000Z",
          "before": {
            "state": "dead",
          },
          "what": "retried",
          "who": "me@box",
        },
      ],
    }
  `);
});

test('an event without values before', () => {
  expect(eventDocument({ at, what: 'held', who: 'me', before: null }).before).toBeNull();
});

test('the overview', () => {
  expect(overviewDocument(metrics)).toMatchInlineSnapshot(`
    {
      "average_duration_ms": 1234.6,
      "counts": {
        "cancelled": 0,
        "completed": 2,
        "dead": 1,
        "failed": 0,
        "held": 0,
        "pending": 0,
        "processing": 1,
      },
      "dlq": 1,
      "failure_rate": 0,
      "queues": [
        {
          "counts": {
            "cancelled": 0,
            "completed": 2,
            "dead": 1,
            "failed": 0,
            "held": 0,
            "pending": 0,
            "processing": 1,
          },
          "name": "default",
          "paused_at": null,
          "paused_by": null,
        },
      ],
      "workers": [
        {
          "completed": 3,
          "concurrency": 1,
          "cpu_ms": 250,
          "cpu_percent": 2.5,
          "failed_attempts": 2,
          "gone": false,
          "host": "box",
          "jobs": [
            {
              "attempt": 2,
              "id": "job1",
              "progress": null,
              "started_at": "2026-12-01T10:00:01.000Z",
            },
          ],
          "last_heartbeat_at": "2026-12-01T10:00:10.000Z",
          "memory_bytes": 48000000,
          "name": "worker-1",
          "pid": 4242,
          "pool": "default",
          "queues": null,
          "slot": 1,
          "started_at": "2026-12-01T10:00:00.000Z",
          "state": "running",
          "types": [
            "shell",
          ],
          "uptime_sec": 14,
          "version": "0.1.0",
        },
      ],
    }
  `);
});

test('metrics', () => {
  expect(metricsDocument(metrics)).toMatchInlineSnapshot(`
    {
      "counts": {
        "cancelled": 0,
        "completed": 2,
        "dead": 1,
        "failed": 0,
        "held": 0,
        "pending": 0,
        "processing": 1,
      },
      "last_hour": {
        "average_duration_ms": 1234.6,
        "average_wait_ms": null,
        "failed_attempts": 2,
        "lost_attempts": 0,
        "p95_duration_ms": 2047,
        "succeeded": 3,
      },
      "throughput_per_minute": 3,
      "workers": [
        {
          "completed": 3,
          "concurrency": 1,
          "cpu_ms": 250,
          "cpu_percent": 2.5,
          "dead": 1,
          "failed_attempts": 2,
          "gone": false,
          "host": "box",
          "jobs": [
            {
              "attempt": 2,
              "id": "job1",
              "progress": null,
              "started_at": "2026-12-01T10:00:01.000Z",
            },
          ],
          "last_heartbeat_at": "2026-12-01T10:00:10.000Z",
          "memory_bytes": 48000000,
          "name": "worker-1",
          "pid": 4242,
          "pool": "default",
          "queues": null,
          "slot": 1,
          "started_at": "2026-12-01T10:00:00.000Z",
          "state": "running",
          "types": [
            "shell",
          ],
          "uptime_sec": 14,
          "version": "0.1.0",
        },
      ],
    }
  `);
});

test('what did not happen yet is null, never left out', () => {
  const waiting = { ...job, finishedAt: null, startedAt: null, cause: null, wakeAt: at };
  expect(Object.keys(jobDocument(waiting))).toEqual(Object.keys(jobDocument(job)));
  expect(jobDocument(waiting)).toMatchObject({ finished_at: null, started_at: null, cause: null, reason: null });
});

test('a wait', () => {
  const { id, number, queue, type, state, cause, expiresAt, finishedAt } = job;
  const dead = { id, number, queue, type, state, cause, expiresAt, finishedAt };
  const failed = { ...dead, id: '8', number: 8, state: 'failed' as const, finishedAt: null };
  expect(
    waitDocument(
      { reason: 'timeout', exitCode: 124, jobs: [failed, dead], ended: [dead] },
      new Map([[7, '{"made":1}']]),
    ),
  ).toMatchInlineSnapshot(`
    {
      "ended": [
        "job1",
      ],
      "exit_code": 124,
      "jobs": [
        {
          "cause": "exit:3",
          "exit_code": null,
          "finished_at": null,
          "id": "8",
          "number": 8,
          "result": null,
          "state": "failed",
        },
        {
          "cause": "exit:3",
          "exit_code": 3,
          "finished_at": "2026-12-01T10:00:02.000Z",
          "id": "job1",
          "number": 7,
          "result": "{"made":1}",
          "state": "dead",
        },
      ],
      "reason": "timeout",
    }
  `);
});
