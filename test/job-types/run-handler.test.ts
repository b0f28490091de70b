// One run of a handler, as a plugin's author tests it: queuectl/testing goes the same way as a worker does.
import { describe, expect, test } from 'vitest';
import type { JobContext, JobHandler } from '../../src/job/job-type.js';
import { runJob } from '../../src/testing.js';

const handler = (run: (payload: unknown, context: JobContext) => unknown): JobHandler => ({
  parse: (input) => input,
  run,
});
const thrown = (error: unknown) =>
  runJob(
    handler(() => {
      throw error;
    }),
    {},
  );

describe('what it returns is the result', () => {
  test.each([
    [undefined, undefined],
    [null, null],
    ['text', 'text'],
    [{ a: [1, { b: true }] }, { a: [1, { b: true }] }],
  ])('%j', async (value, result) => {
    expect(
      await runJob(
        handler(() => value),
        {},
      ),
    ).toMatchObject({ outcome: 'succeeded', cause: null, result });
  });

  test('what JSON cannot hold is an error, not a lost result', async () => {
    expect(
      await runJob(
        handler(() => 10n),
        {},
      ),
    ).toMatchObject({ outcome: 'failed', cause: 'error:TypeError' });
    expect(
      await runJob(
        handler(() => () => {}),
        {},
      ),
    ).toMatchObject({ outcome: 'failed', cause: 'error:TypeError' });
    const long = await runJob(
      handler(() => 'x'.repeat(1_000_001)),
      {},
    );
    expect(long).toMatchObject({ cause: 'error:RangeError', detail: 'its result is larger than 1 MB of JSON' });
  });
});

describe('what it throws is the cause', () => {
  test.each([
    [new TypeError('no'), 'error:TypeError', 'no'],
    [Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'error:ECONNREFUSED', 'refused'],
    [Object.assign(new Error('x'), { name: 'Odd name\n!' }), 'error:Odd_name_', 'x'],
    ['a text', 'error:Error', 'a text'],
    [undefined, 'error:Error', 'undefined'],
    [new Error(''), 'error:Error', null],
  ])('%j', async (error, cause, detail) => {
    expect(await thrown(error)).toMatchObject({ outcome: 'failed', cause, detail, final: false, result: undefined });
  });

  test('it may say that another try is useless, or when to try', async () => {
    expect(await thrown(Object.assign(new Error('x'), { retry: false }))).toMatchObject({ final: true });
    expect(await thrown(Object.assign(new Error('x'), { retryAfter: 1500 }))).toMatchObject({ retryAfterMs: 1500 });
    expect(await thrown({ retry: false, retryAfter: 'soon' })).toMatchObject({ final: true, retryAfterMs: undefined });
  });

  test('its stack stands in the output', async () => {
    expect((await thrown(new RangeError('deep'))).log).toMatch(/^RangeError: deep\n\s+at /);
  });

  test('a payload that it refuses once it was stored is final', async () => {
    let asked = 0;
    const fickle: JobHandler = {
      parse(input) {
        if (asked++ > 0) throw new Error('not twice');
        return input;
      },
      run() {},
    };
    expect(await runJob(fickle, {})).toMatchObject({ cause: 'error:Error', detail: 'not twice', final: true });
    expect(() => fickle.parse({})).toThrow();
  });
});

describe('its context', () => {
  test('a checkpoint runs once, and its value is what JSON keeps of it', async () => {
    let ran = 0;
    const values: unknown[] = [];
    const counting = handler(async (_payload, { checkpoint, attempt }) => {
      values.push(await checkpoint('date', () => ({ at: new Date(0), run: ++ran })));
      values.push(await checkpoint('nothing', async () => {}));
      if (attempt === 1) throw new Error('again');
    });
    const first = await runJob(counting, {});
    expect(first.outcome).toBe('failed');
    await runJob(counting, {}, { attempt: 2, steps: first.steps });
    expect(ran).toBe(1);
    const kept = { at: '1970-01-01T00:00:00.000Z', run: 1 };
    expect(values).toEqual([kept, undefined, kept, undefined]);
  });

  test('a checkpoint that fails is not kept, and none begins after the end was asked for', async () => {
    const failing = handler((_payload, { checkpoint }) => checkpoint('x', () => Promise.reject(new Error('no'))));
    expect((await runJob(failing, {})).steps.size).toBe(0);
    const over = AbortSignal.abort(Object.assign(new Error('over'), { name: 'timeout' }));
    const run = await runJob(
      handler((_payload, { checkpoint }) => checkpoint('x', () => 1)),
      {},
      { signal: over },
    );
    expect(run).toMatchObject({ cause: 'error:timeout', steps: new Map() });
  });

  test.each(['', 'x'.repeat(201), 'a\0', 5])('a step cannot be called %j', async (name) => {
    const run = await runJob(
      handler((_payload, { checkpoint }) => checkpoint(name as string, () => 1)),
      {},
    );
    expect(run).toMatchObject({ cause: 'error:BadInput' });
  });

  test('progress is between 0 and 1', async () => {
    const run = await runJob(
      handler((_payload, { progress }) => {
        for (const done of [-1, 0.5, 7]) progress(done);
      }),
      {},
    );
    expect(run.progress).toEqual([0, 0.5, 1]);
    expect(
      (
        await runJob(
          handler((_payload, { progress }) => progress(Number.NaN)),
          {},
        )
      ).cause,
    ).toBe('error:TypeError');
  });

  test('jobs that it enqueues are checked at once, and are there after a success only', async () => {
    const enqueue = (request: object, fails = false) =>
      runJob(
        handler((_payload, context) => {
          context.enqueue(request);
          if (fails) throw new Error('after all');
        }),
        {},
      );
    expect((await enqueue({ command: 'true' })).enqueued).toMatchObject([
      { type: 'shell', input: { command: 'true' } },
    ]);
    expect(await enqueue({ comand: 'true' })).toMatchObject({ cause: 'error:BadInput', enqueued: [] });
    expect((await enqueue({ command: 'true' }, true)).enqueued).toEqual([]);
    const many = handler((_payload, context) => {
      for (let n = 0; n <= 1000; n++) context.enqueue({ command: 'true' });
    });
    expect(await runJob(many, {})).toMatchObject({ cause: 'error:BadInput', enqueued: [] });
  });
});

test('a type that is a command has nothing to run here', async () => {
  await expect(runJob({ parse: (input) => input, command: () => ({ command: 'true' }) }, {})).rejects.toThrow(
    'command()',
  );
});
