// Bad input gets a sentence that says what is wrong and what to do, the right exit code, and changes nothing.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = new Sandbox();
  await sandbox.enqueue({ id: 'taken', command: 'true' });
});
afterAll(() => sandbox.remove());

/** What to do stands below the sentence, set in. */
async function refuses(args: string[], code: number, sentence: string | RegExp, todo?: string): Promise<void> {
  const result = await sandbox.run(...args);
  const [first = '', ...more] = result.stderr.trimEnd().split('\n');
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
  expect(first).toMatch(/^queuectl: /);
  if (typeof sentence === 'string') expect(first).toBe(`queuectl: ${sentence}`);
  else expect(first).toMatch(sentence);
  if (todo !== undefined) expect(more.map((line) => line.trim())).toContain(todo);
  for (const line of more) expect(line).toMatch(/^ {2}\S/);
  expect(result.stderr).not.toMatch(/\n\s+at |bug in queuectl/);
  expect(await stored()).toEqual(['taken']);
}

async function stored(): Promise<string[]> {
  const jobs = await (await sandbox.queue()).list({}, { limit: 10 });
  return jobs.map(({ id }) => id);
}

const POWERSHELL = 'use flags: queuectl enqueue --id job1 -- sleep 2';

describe('enqueue', () => {
  test.each([
    [['make', '-j4'], 'unknown flag: -j4', 'write: queuectl enqueue -- make -j4'],
    [['sleep', '2'], 'unexpected argument: 2', 'write: queuectl enqueue -- sleep 2'],
    [['make'], 'a job is JSON, or a command after --, not "make"', 'write: queuectl enqueue -- make'],
    [[], 'nothing to enqueue', 'queuectl enqueue -- sleep 2'],
    [['--'], 'there is no command after --', 'queuectl enqueue -- sleep 2'],
    [['--', ''], 'the command is empty', 'queuectl enqueue -- sleep 2'],
    [['{"command":""}'], 'the command is empty'],
    [['{"command":"  "}'], 'the command is empty'],
    [['{"id":"x"}'], 'the job has no command'],
    [['{}'], 'the job has no command'],
    [[''], /the JSON is not valid at position 1: /],
    [['{"command":"x"'], /the JSON is not valid at position 15: expected a comma or }, found nothing/],
    [['{"command":"x",}'], /position 16: expected a key in double quotes/],
    [['{"id":"a","id":"b","command":"x"}'], /the key "id" stands twice/],
    [
      ['{id:job1,command:sleep}'],
      /not valid at position 2/,
      `your shell has removed the quotes of the JSON (PowerShell does that); ${POWERSHELL}`,
    ],
    [
      ['{""id"":""job1""}'],
      /not valid at position 4|not valid at position/,
      `your shell has doubled the quotes of the JSON (PowerShell does that); ${POWERSHELL}`,
    ],
    [
      ['{id:job1,command:sleep', '2}'],
      'unexpected argument: 2}',
      'put the JSON between single quotes, so that it arrives in one piece',
    ],
    [['[]'], 'a job is a JSON object'],
    [['{"command":"x","comand":"y"}'], 'unknown key "comand"', 'did you mean "command"?'],
    [['{"command":"x","after":"y"}'], 'unknown key "after"'],
    [['{"command":1}'], 'command takes text, not 1'],
    [['{"command":"x","priority":"high"}'], 'priority takes a whole number from -1000 to 1000, not "high"'],
    [['{"command":"x","priority":1001}'], 'priority takes a whole number from -1000 to 1000, not 1001'],
    [['--priority', 'high', '--', 'x'], 'priority takes a whole number from -1000 to 1000, not "high"'],
    [['{"command":"x","max_retries":-1}'], /max_retries takes a whole number/],
    [['{"command":"x","timeout_sec":"5"}'], /timeout_sec takes a number/],
    [['{"command":"x","env":["A"]}'], /env takes an object/],
    [['{"command":"x","cwd":"relative"}'], /cwd takes an absolute path/],
    [['{"command":"x","run_at":"tomorrow 09:00"}'], 'run_at: cannot read "tomorrow 09:00" as a time'],
    [['{"command":"x","run_at":1234}'], /run_at takes text/],
    [['{"command":"x","run_at":"2026-02-30T10:00:00Z"}'], /run_at: cannot read/],
    [['--delay', 'soon', '--', 'x'], 'delay: cannot read "soon" as a duration'],
    [['--timeout', '-', '--', 'x'], /cannot read "-" as a duration/],
    [['{"command":"a\\u0000b"}'], 'command contains a NUL byte, which no command can take'],
    [['{"argv":["a","b\\u0000"]}'], /contains a NUL byte/],
    [['{"id":"42","command":"x"}'], 'the id "42" is a number; plain numbers are given by queuectl itself'],
    [['{"id":"3-7","command":"x"}'], 'the id "3-7" reads as a range of job numbers'],
    [['--id', '../x', '--', 'x'], 'not a usable id: "../x"'],
    [['--queue', 'a b', '--', 'x'], 'not a usable queue: "a b"'],
    [['{"type":"shel","payload":{}}'], 'no such job type: shel', 'did you mean "shell"?'],
    [['{"command":"x"}', '--', 'x'], 'the JSON and -- exclude each other'],
    [['--file', 'a.sh', '--', 'x'], '--file and -- exclude each other'],
    [['--file', 'none.sh'], /^queuectl: there is no file .*\/none\.sh$/],
    [['--file', '.'], /is not a regular file/],
    [['--env', 'NOT_SET', '--', 'x'], '--env NOT_SET: there is no such variable here'],
    [['--env-mode', 'some', '--', 'x'], /--env-mode=some/],
    [['--key', '', '--', 'x'], 'key takes text of 1 to 512 bytes, not ""'],
    [['--if-exists', 'skip', '--', 'x'], 'if_exists needs something that exists only once', 'give it a key or an id'],
    [['--if-exists', 'ignore', '--key', 'k', '--', 'x'], /--if-exists=ignore/],
    [['--key-scope', 'all', '--', 'x'], 'key_scope says nothing without a key'],
    [['--expires-in', '0', '--', 'x'], 'expires_in: 0 leaves it no time to start'],
    [['--expires-in', 'soon', '--', 'x'], /^queuectl: expires_in: cannot read "soon"/],
    [['--quue', 'x', '--', 'x'], 'unknown flag: --quue', 'did you mean --queue?'],
    [['--retries', '3', '--', 'x'], 'unknown flag: --retries', 'did you mean --max-retries?'],
  ] as [string[], string | RegExp, string?][])('%j', async (args, sentence, todo) => {
    await refuses(['enqueue', ...args], 2, sentence, todo);
  });

  test('an id that is used is a conflict', async () => {
    await refuses(['enqueue', '--id', 'taken', '--', 'x'], 4, 'the id "taken" is taken by a pending job');
  });

  test.each([
    [Buffer.from([0x22, 0xff, 0x22]), 'standard input is not UTF-8'],
    [Buffer.from('{"command":"a\0b"}'), /raw control character/],
    ['', /position 1: expected a value, found nothing/],
    [`{"command":"${'x'.repeat(1_100_000)}"}`, /larger than 1 MB/],
  ])('on standard input: %.20j', async (stdin, sentence) => {
    const { code, stderr } = await sandbox.runWith({ stdin }, 'enqueue', '-');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(sentence) });
    expect(await stored()).toEqual(['taken']);
  });

  test('under --json the error is the document', async () => {
    const { code, stdout, stderr } = await sandbox.run('enqueue', '--json', '{"comand":"x"}');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'bad_input',
        message: 'unknown key "comand"',
        suggestions: ['did you mean "command"?'],
        exit_code: 2,
      },
    });
  });
});

describe('ids and settings that are not there', () => {
  test.each([
    [['show', 'nope'], 3, 'no such job: nope'],
    [['show', '99'], 3, 'no such job: 99'],
    [['show', "x' OR 1=1 --"], 3, "no such job: x' OR 1=1 --"],
    [['logs', 'nope'], 3, 'no such job: nope'],
    [['logs', '-f', 'nope'], 3, 'no such job: nope'],
    [['dlq', 'show', 'nope'], 3, 'no such job: nope'],
    [['dlq', 'retry', 'nope'], 3, 'no such job: nope'],
    [['dlq', 'purge', 'nope'], 3, 'no such job: nope'],
    [['dlq', 'retry', 'taken'], 4, /job taken is pending/],
    [['dlq', 'purge', 'taken'], 4, /job taken is pending/],
    [['dlq', 'show', 'taken'], 4, 'job taken is pending, not dead'],
    [['show'], 2, 'missing: ID'],
    [
      ['list', '--state', 'finished'],
      2,
      'no such state: finished',
      'the states are pending, processing, completed, failed, dead, cancelled, held',
    ],
    [['list', '--state', 'pendin'], 2, 'no such state: pendin', 'did you mean pending?'],
    [['list', '--columns', 'id,stat'], 2, 'no such column: stat', 'did you mean state?'],
    [['list', '--since', 'yesterday'], 2, 'since: cannot read "yesterday" as a time'],
    [['list', '--limit', '0'], 2, /limit/],
    [['logs', 'taken', '--attempt', 'x'], 2, /--attempt/],
    [['config', 'get', 'max_retris'], 2, 'no such setting: max_retris', 'did you mean max_retries?'],
    [
      ['config', 'set', 'nothing_like_it', '1'],
      2,
      'no such setting: nothing_like_it',
      'queuectl config show lists the settings',
    ],
    [['config', 'set', 'max_retries', 'many'], 2, /max_retries takes a whole number from 0 to \d+, not "many"/],
    [['config', 'set', 'log_level', 'loud'], 2, /log_level takes one of .*, not "loud"/],
    [['config', 'set', 'keep_completed', 'x'], 2, /keep_completed takes a duration/],
    [['config', 'set', 'max_retries'], 2, 'missing: VALUE'],
    [['config', 'unset', 'x'], 2, 'no such setting: x'],
  ] as [string[], number, string | RegExp, string?][])('%j', async (args, code, sentence, todo) => {
    await refuses(args, code, sentence, todo);
  });

  test('a setting in the environment that does not fit names the variable', async () => {
    const { code, stderr } = await sandbox.runWith({ env: { QUEUECTL_MAX_RETRIES: 'x' } }, 'config', 'show');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('QUEUECTL_MAX_RETRIES takes') });
  });
});

describe('a database that is none', () => {
  beforeAll(() => {
    const place = (name: string) => join(sandbox.folder, name);
    mkdirSync(place('folder'));
    writeFileSync(place('text'), 'This is not a database, but it is long enough to have a header. '.repeat(20));
    writeFileSync(place('empty'), '');
    writeFileSync(place('locked'), 'x'.repeat(4096));
    chmodSync(place('locked'), 0);
    symlinkSync(place('queue.db'), place('link'));
  });

  const commands = [['enqueue', '--', 'true'], ['list'], ['status']];
  const cases: [string, number, RegExp][] = [
    ['folder', 74, /is a folder, not a database/],
    ['text', 74, /is not (a|an) .*database/i],
    ['empty', 74, /is empty \(0 bytes\)/],
    ['link', 74, /is a symbolic link/],
    ['text/queue.db', 73, /is not a folder/],
    ['/proc/none/queue.db', 73, /cannot create/],
  ];
  test.each(cases.flatMap(([db, ...rest]) => commands.map((command) => [command, db, ...rest] as const)))(
    '%j --db %s',
    async ([name, ...args], db, code, sentence) => {
      await refuses([name!, '--db', db, ...args], code, sentence);
    },
  );

  test.skipIf(process.getuid?.() === 0)('that cannot be read', async () => {
    await refuses(['list', '--db', 'locked'], 74, /locked/);
  });

  test('a URL that cannot be read, and a server that is not there', async () => {
    await refuses(['list', '--db', 'postgres://me:sec/ret@x/y'], 2, 'the URL of the database cannot be read');
    await refuses(
      ['list', '--db', 'postgres://me:secret@127.0.0.1:1/x'],
      74,
      /^queuectl: cannot reach PostgreSQL at postgres:..me@127/,
    );
  });

  test('an empty path', async () => {
    await refuses(['list', '--db', ''], 2, 'the path of the database is empty');
  });
});
