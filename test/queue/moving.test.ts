// export and import: whatever a queue holds comes out of the next one as it went in, on either database.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Outcome } from '../../src/job/job.js';
import { JOB_STATES } from '../../src/job/job.js';
import { openQueue, prepareQueue } from '../../src/open-queue.js';
import { type Exported, exportLines } from '../../src/queue/export.js';
import { importLines } from '../../src/queue/import.js';
import type { Queue } from '../../src/queue/queue.js';
import { readCounts } from '../../src/storage/counts.js';
import type { MovedAttempt, MovedJob } from '../../src/storage/moved.js';
import { newPostgresQueue } from '../postgres.js';
import { Random } from '../random.js';
import { claim, enqueue, newWorkerOf, run, temporaryQueue } from './temporary-queue.js';

const SEED = Number(process.env.QUEUECTL_TEST_SEED ?? 20261122);
const BEGINNING = Date.UTC(2026, 0, 1);

async function sqlite(): Promise<Queue> {
  return (await temporaryQueue()).queue;
}

async function postgres(): Promise<Queue> {
  const { url, remove } = newPostgresQueue();
  await prepareQueue(url, {});
  const queue = await openQueue({ db: url, env: {} });
  onTestFinished(async () => {
    await queue.close();
    await remove();
  });
  return queue;
}

const nothing = (): Exported => ({ jobs: 0, masked: 0, running: 0, long: 0 });

async function exported(queue: Queue, withSecrets = true): Promise<string[]> {
  const lines = [];
  for await (const line of exportLines(queue, { withSecrets }, nothing())) lines.push(JSON.stringify(line));
  return lines;
}

async function* each(lines: readonly string[]) {
  yield* lines;
}

const imported = (queue: Queue, lines: readonly string[], append = false) =>
  importLines(queue, () => each(lines), { append });

/** The header says when and by whom, so it differs. */
const body = (lines: readonly string[]) => lines.slice(1).map((line) => JSON.parse(line));

function exportOf(jobs: readonly object[], more: readonly object[] = []): string[] {
  const header = {
    queuectl_export: 1,
    id: `test-${jobs.length}`,
    program: '0',
    exported_at: BEGINNING,
    with_secrets: true,
  };
  return [header, ...more, ...jobs.map((job) => ({ job })), { end: { jobs: jobs.length } }].map((line) =>
    JSON.stringify(line),
  );
}

/** Any job that the format allows, but for running ones, which do not stay what they are. */
function anyJob(random: Random, number: number): MovedJob {
  const maybe = <T>(value: T): T | null => (random.chance(0.5) ? value : null);
  const time = () => BEGINNING + random.between(-(10 ** 10), 10 ** 12);
  const text = () => random.pick(['', 'a', 'ünï ☃ 𝒳', '"quoted"\\', 'two\nlines\u2028', "'; drop table jobs; --"])!;
  const bytes = () => Buffer.from(Array.from({ length: random.between(0, 300) }, () => random.between(0, 255)));
  const state = random.pick(JOB_STATES.filter((one) => one !== 'processing'))!;
  const runs = random.between(0, 4);
  const attempts = Array.from(
    { length: runs },
    (_, index): MovedAttempt => ({
      attempt: index * 2 + 1,
      started_at: time(),
      finished_at: time(),
      run_ms: maybe(random.between(0, 10 ** 11)),
      outcome: random.pick<Outcome>(['succeeded', 'failed', 'timed_out', 'cancelled', 'lost', 'released'])!,
      exit_code: maybe(random.between(0, 255)),
      signal: maybe('SIGKILL'),
      cause: maybe('exit:3'),
      detail: maybe(text()),
      counted: maybe(random.between(0, 1)),
      output_bytes: maybe(random.between(0, 10 ** 10)),
      result: maybe(text()),
      worker: maybe({
        name: `worker-${random.between(1, 3)}`,
        host: 'boot 1',
        host_name: random.pick(['north', 'south'])!,
      }),
      outputs: Array.from({ length: random.between(0, 2) }, (_, stream) => ({
        stream: stream + 1,
        head: maybe(bytes().toString('base64')),
        tail: maybe(bytes().toString('base64')),
        cut_bytes: random.between(0, 10 ** 10),
      })),
    }),
  );
  return {
    number,
    name: maybe(`job-${number}`),
    queue: random.pick(['default', 'mail', '7'])!,
    type: random.pick(['shell', 'other'])!,
    state,
    priority: random.between(-1000, 1000),
    run_at: time(),
    wake_at: maybe(time()),
    expires_at: maybe(time()),
    attempt: runs * 2,
    failures: random.between(0, 5),
    crashes: random.between(0, 3),
    blockers: 0,
    cancel_at: null,
    cancel_signal: maybe('INT'),
    max_retries: maybe(random.between(0, 100)),
    timeout_ms: maybe(random.between(1, 10 ** 11)),
    backoff_base: maybe(random.between(1, 40) / 7),
    backoff_max_ms: maybe(random.between(1, 10 ** 11)),
    key: maybe(text()),
    key_lock: maybe(`key ${number}`),
    key_scope: maybe('all' as const),
    parent: maybe(random.between(1, number)),
    batch: maybe(number),
    cause: maybe('timeout'),
    progress: maybe(random.next()),
    created_at: time(),
    changed_at: time(),
    started_at: maybe(time()),
    finished_at: maybe(time()),
    payload: random.pick<unknown>([{ command: text() }, { argv: ['a', text()] }, [1.5, null, true], text(), null, 0]),
    context: maybe({
      host: text(),
      uid: maybe(1000),
      cwd: maybe('/tmp'),
      umask: maybe(0o22),
      env: { PATH: text(), A: '1' },
    }),
    env: maybe({ B: text(), API_TOKEN: 'secret' }),
    attempts,
    steps: Array.from({ length: random.between(0, 2) }, (_, index) => ({
      name: `step ${index}`,
      attempt: index + 1,
      value: bytes().toString('base64'),
    })),
    events: Array.from({ length: random.between(0, 2) }, () => ({
      at: time(),
      what: 'retried',
      who: text(),
      before: maybe('{"state":"dead"}'),
    })),
  };
}

function anyExport(seed: number, jobs: number): string[] {
  const random = new Random(seed);
  let number = 0;
  const all = Array.from({ length: jobs }, () => {
    number += random.between(1, 4);
    return anyJob(random, number);
  });
  const setting = { name: 'max_retries', value: '7', changed_at: BEGINNING, who: 'somebody' };
  const policies = {
    max_running: 3,
    rate_n: null,
    rate_ms: null,
    max_retries: 2,
    timeout_ms: 10 ** 10,
    backoff_base: 1.5,
  };
  return exportOf(all, [{ setting }, { queue: { name: 'mail', paused_at: BEGINNING, paused_by: 'me', ...policies } }]);
}

test.each([
  ['SQLite', 'SQLite', sqlite, sqlite],
  ['SQLite', 'PostgreSQL', sqlite, postgres],
  ['PostgreSQL', 'SQLite', postgres, sqlite],
  ['PostgreSQL', 'PostgreSQL', postgres, postgres],
])(
  'whatever is imported into %s and then into %s is exported as it was',
  async (_, __, first, second) => {
    for (const seed of [SEED, SEED + 1, SEED + 2]) {
      const given = anyExport(seed, 700);
      const [one, two] = [await first(), await second()];
      expect(await imported(one, given)).toMatchObject({ jobs: 700, shift: 0, lost: 0 });
      const between = await exported(one);
      expect(body(between), `seed ${seed}`).toEqual(body(given));
      await imported(two, between);
      expect(body(await exported(two)), `seed ${seed}`).toEqual(body(given));
      expect(await countedOf(two)).toEqual(countedIn(given));
    }
  },
  120_000,
);

type Lanes = Record<string, number>;

async function countedOf(queue: Queue): Promise<Lanes> {
  const counts = await readCounts(queue.database.kysely);
  return Object.fromEntries(
    counts.filter(({ n }) => n !== 0).map((one) => [`${one.queue} ${one.type} ${one.state}`, one.n]),
  );
}

function countedIn(lines: readonly string[]): Lanes {
  const lanes: Lanes = {};
  for (const { job } of body(lines)) {
    if (job) lanes[`${job.queue} ${job.type} ${job.state}`] = (lanes[`${job.queue} ${job.type} ${job.state}`] ?? 0) + 1;
  }
  return lanes;
}

describe.each([
  ['SQLite', sqlite],
  ['PostgreSQL', postgres],
])('an import into %s', (_, open) => {
  test('gives no number twice: new jobs come after those that were imported', async () => {
    const queue = await open();
    await imported(queue, anyExport(SEED, 20));
    const last = Math.max(...body(await exported(queue)).map(({ job }) => job?.number ?? 0));
    expect(await enqueue(queue, { command: 'true' })).toEqual([String(last + 1)]);
  });

  test('gives other numbers where they were taken once, and parents follow', async () => {
    const queue = await open();
    await enqueue(queue, {}, {}, {});
    const random = new Random(SEED);
    const [a, b, c] = [5, 6, 9].map((number) => ({ ...anyJob(random, number), name: `job-${number}`, key_lock: null }));
    const lines = exportOf([
      { ...a, number: 2, parent: 1 },
      { ...b, parent: 2 },
      { ...c, parent: 6 },
    ]);
    await expect(imported(queue, lines)).rejects.toMatchObject({ exitCode: 4, message: 'the queue has jobs already' });
    expect(await imported(queue, lines, true)).toMatchObject({ jobs: 3, shift: 2 });
    const jobs = body(await exported(queue)).flatMap(({ job }) => job ?? []);
    expect(jobs.map(({ number, parent }) => [number, parent]).slice(3)).toEqual([
      [4, null],
      [8, 4],
      [11, 8],
    ]);
    expect(await enqueue(queue, {})).toEqual(['12']);
  });

  test('is refused before anything is written when an id is taken', async () => {
    const queue = await open();
    await enqueue(queue, { id: 'job-6' });
    const random = new Random(SEED);
    const jobs = [5, 6].map((number) => ({ ...anyJob(random, number), name: `job-${number}` }));
    const before = await exported(queue);
    const refused = { exitCode: 4, message: 'the id "job-6" is taken by a job that is there already' };
    await expect(imported(queue, exportOf(jobs), true)).rejects.toMatchObject(refused);
    expect(body(await exported(queue))).toEqual(body(before));
  });

  test('that was interrupted goes on where it was', async () => {
    const queue = await open();
    const lines = anyExport(SEED, 900);
    let reads = 0;
    async function* breaking() {
      reads += 1;
      for (const [index, line] of lines.entries()) {
        if (reads === 2 && index === 800) throw new Error('the cable was pulled');
        yield line;
      }
    }
    await expect(importLines(queue, breaking, { append: false })).rejects.toThrow('cable');
    const done = body(await exported(queue)).filter(({ job }) => job).length;
    expect(done).toBeGreaterThan(0);
    await expect(imported(queue, anyExport(SEED, 3))).rejects.toMatchObject({ exitCode: 4 });
    const last = Math.max(...body(lines).map(({ job }) => job?.number ?? 0));
    expect(await enqueue(queue, {})).toEqual([String(last + 1)]); // none of those that are still to come
    expect(await imported(queue, lines)).toMatchObject({ before: done, jobs: 900 - done });
    const jobs = (all: readonly string[]) => body(all).flatMap(({ job }) => job ?? []);
    expect(jobs(await exported(queue)).slice(0, -1)).toEqual(jobs(lines));
  });

  test('lets a running job run again, and ends one that was to be cancelled', async () => {
    const from = await sqlite();
    await enqueue(from, { id: 'again' }, { id: 'enough' });
    const worker = await newWorkerOf(from);
    await claim(from, worker, 2);
    await from.change(await from.select(['enough']), { kind: 'cancel', signal: null });
    const to = await open();
    expect(await imported(to, await exported(from))).toMatchObject({ jobs: 2, lost: 2 });
    expect(await to.job('again')).toMatchObject({
      state: 'pending',
      attempt: 1,
      failures: 0,
      crashes: 0,
      cause: 'worker_lost',
    });
    expect(await to.job('enough')).toMatchObject({ state: 'cancelled', cause: 'cancelled' });
    const { attempts } = await to.details('again');
    expect(attempts).toMatchObject([
      { attempt: 1, outcome: 'lost', detail: 'it was running when the queue was exported' },
    ]);
    expect(await claim(to, await newWorkerOf(to), 5)).toMatchObject([{ job: { id: 'again', attempt: 2 } }]);
  });

  test('takes an export of before steps were told, and tells them where a job has some', async () => {
    const job = { ...anyJob(new Random(SEED), 5), number: 5, parent: null, steps: undefined };
    const queue = await open();
    await imported(queue, exportOf([job]));
    expect(body(await exported(queue))[0]?.job?.steps).toEqual([]);
    const wrong = exportOf([{ ...job, steps: [{ name: 'a', attempt: 1, value: 7 }] }]);
    await expect(imported(await open(), wrong)).rejects.toMatchObject({ message: 'line 2: step.value does not fit' });
  });

  test('keeps who ran a job', async () => {
    const from = await sqlite();
    await enqueue(from, { id: 'done' });
    await run(from, { outcome: 'succeeded', cause: null });
    const to = await open();
    await newWorkerOf(to); // has the number that the other one had there
    await imported(to, await exported(from));
    const names = [...(await to.details('done')).workers.values()];
    expect(names).toEqual([...(await from.details('done')).workers.values()]);
  });
});

test('an export masks the values of secrets, and such jobs are refused', async () => {
  const from = await sqlite();
  await enqueue(from, { env: { API_TOKEN: 'a-secret', PLAIN: 'shown' } });
  const lines = await exported(from, false);
  expect(lines.join('\n')).not.toContain('a-secret');
  expect(body(lines)[0]).toMatchObject({ masked: ['API_TOKEN'], job: { env: { API_TOKEN: '***', PLAIN: 'shown' } } });
  const message = 'line 2: the value of API_TOKEN of job 1 is masked';
  await expect(imported(await sqlite(), lines)).rejects.toMatchObject({ message, exitCode: 2 });
});

test.each([
  ['nothing', [], 'there is nothing to import'],
  ['no header', ['{"end":{"jobs":0}}'], 'line 1: the header of an export is missing'],
  ['no JSON', [...exportOf([]).slice(0, 1), 'x'], 'line 2: it is not a JSON object'],
  ['another object', ['{"a":1}'], 'line 1: it is no line of an export'],
  [
    'a newer format',
    [exportOf([])[0]!.replace('"queuectl_export":1', '"queuectl_export":2')],
    /^line 1: queuectl 0 wrote it in a format/,
  ],
  ['no end', exportOf([]).slice(0, 1), 'the export is not whole: its end is missing'],
  ['a missing job', [exportOf([])[0]!, '{"end":{"jobs":2}}'], 'line 2: 2 jobs were exported, but 0 are here'],
  ['a text for a time', broken('created_at', 'now'), 'line 2: job.created_at does not fit'],
  ['a missing key', broken('queue', undefined), 'line 2: job.queue is missing'],
  ['an unknown state', broken('state', 'busy'), 'line 2: no such state: busy'],
  ['a number for an id', broken('name', '17'), /^line 2: the id "17" is a number/],
  ['an output that is none', broken('attempts', [7]), 'line 2: attempt is not an object'],
  [
    'a setting that does not exist',
    exportOf([], [{ setting: { name: 'a', value: '1', changed_at: 1, who: null } }]),
    'line 2: no such setting: a',
  ],
])('an import of %s says what is wrong with it, and where', async (_, lines, message) => {
  const queue = await sqlite();
  await expect(imported(queue, lines)).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(message) });
  expect((await exported(queue)).length).toBe(2);
});

function broken(key: keyof MovedJob, value: unknown): string[] {
  return exportOf([{ ...anyJob(new Random(SEED), 1), [key]: value }]);
}
