// Many jobs in one call: lines of JSON, a command for each line, and what is wrong with them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAM, Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const stdin = (...lines: unknown[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
const feed = (text: string | Buffer, ...args: string[]) => sandbox.runWith({ stdin: text }, 'enqueue', ...args);
const stored = async () => (await (await sandbox.queue()).list({}, { limit: 2000 })).map(({ id }) => id);
const argvOf = async (id: string) => (await (await sandbox.queue()).job(id)).payload;

describe('--stdin', () => {
  test('a job a line, one acknowledgement, and flags win', async () => {
    const lines = stdin(
      { command: 'a', queue: 'mine' },
      '',
      { id: 'x', argv: ['b'], priority: 5 },
      { command: 'c', cwd: '/tmp' },
    );
    expect(await feed(lines, '--stdin', '--queue', 'q')).toEqual({ code: 0, stdout: '1\nx\n3\n', stderr: '' });
    const queue = await sandbox.queue();
    expect(await queue.job('1')).toMatchObject({ queue: 'q', payload: { command: 'a' } });
    expect(await queue.job('x')).toMatchObject({ queue: 'q', priority: 5, payload: { argv: ['b'] } });
    expect((await queue.details('3')).surroundings.cwd).toBe('/tmp');
    expect((await queue.details('1')).surroundings.cwd).toBe(sandbox.folder);
  });

  test('under --json one document tells ranges, which commands take', async () => {
    await sandbox.enqueue({ command: 'before' });
    const { stdout } = await feed(
      stdin({ command: 'a' }, { command: 'b' }, { id: 'x', command: 'c' }),
      '--stdin',
      '--json',
    );
    expect(JSON.parse(stdout)).toEqual({
      ...{ enqueued: 3, existing: 0, replaced: 0, batch: 2 },
      ...{ ids: ['2-3', 'x'], refused: 0, problems: [] },
    });
    expect(await sandbox.must('list', '--where', 'batch=2', '--ids')).toBe('2\n3\nx\n');
    expect(await sandbox.must('list', '--ids', '2-3')).toBe('2\n3\n');
  });

  test('no line is no job, and no error', async () => {
    expect(await feed('', '--stdin')).toEqual({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await feed('\n', '--stdin', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ enqueued: 0, batch: null, ids: [] });
  });

  test.each([
    ['a key that there is not', '{"comand":"c"}', 2, 'unknown key "comand"'],
    ['no JSON', 'make -j4', 2, 'the JSON is not valid at position 1'],
    ['no object', '[1]', 2, 'a job is a JSON object'],
    ['F45 a key twice', '{"command":"a","command":"b"}', 2, 'the key "command" stands twice'],
    ['F45 a large integer', '{"command":"a","priority":9007199254740993}', 2, 'beyond 2^53'],
    [
      'F45 a depth of 1,000',
      `{"type":"shell","payload":${'['.repeat(1000)}${']'.repeat(1000)}}`,
      2,
      'nested more than 64 deep',
    ],
    ['F45 a prototype', '{"__proto__":{"command":"x"}}', 2, 'unknown key "__proto__"'],
    ['F45 more than 1 MB', JSON.stringify({ command: 'é'.repeat(600_000) }), 2, 'larger than 1 MB'],
    ['no UTF-8', Buffer.from('{"command":"\xff"}', 'latin1'), 2, 'it is not UTF-8'],
    ['a type that there is not', '{"type":"nope","payload":{}}', 2, 'nope'],
    ['an id that is taken', '{"id":"taken","command":"x"}', 4, 'the id "taken" is taken'],
    ['an id of a line before', '{"id":"one","command":"x"}', 4, 'the id "one" stands in line 1 already'],
  ])('%s: the line is named, and nothing is stored', async (_, bad, code, sentence) => {
    await sandbox.enqueue({ id: 'taken', command: 'true' });
    const input = Buffer.concat([
      Buffer.from('{"id":"one","command":"a"}\n\n'),
      Buffer.from(bad),
      Buffer.from('\n{"command":"b"}\n'),
    ]);
    const refused = await feed(input, '--stdin');
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code, stdout: '' });
    expect(refused.stderr).toContain('queuectl: line 3: ');
    expect(refused.stderr).toContain(sentence);
    expect(await stored()).toEqual(['taken']);
    const partial = await feed(input, '--stdin', '--partial');
    expect(partial).toMatchObject({ code: 2, stdout: 'one\n3\n' });
    expect(partial.stderr).toMatch(/^line 3: .*\n1 line was left out\n$/);
  });

  test('--partial tells the first 20 bad lines, in order, and how many there are', async () => {
    await sandbox.enqueue({ id: 'taken', command: 'true' });
    const lines = stdin({ id: 'taken', command: 'x' }, ...Array.from({ length: 29 }, () => 'x'), { command: 'good' });
    const { code, stdout, stderr } = await feed(lines, '--stdin', '--partial');
    const told = stderr.trimEnd().split('\n');
    expect({ code, stdout, told: told.length }).toEqual({ code: 2, stdout: '2\n', told: 22 });
    expect(told.slice(0, 2)).toEqual([
      'line 1: the id "taken" is taken by a pending job',
      expect.stringMatching(/^line 2: /),
    ]);
    expect(told.slice(-2)).toEqual(['and 10 more', '30 lines were left out']);
    const { stdout: json, code: same } = await feed(lines, '--stdin', '--partial', '--json');
    expect(same).toBe(2);
    expect(JSON.parse(json)).toMatchObject({ enqueued: 1, refused: 30, problems: { length: 20 } });
  });

  test('an id is taken by a good line only', async () => {
    const lines = stdin({ id: 'a', comand: 'x' }, { id: 'a', command: 'x' });
    expect(await feed(lines, '--stdin', '--partial')).toMatchObject({ code: 2, stdout: 'a\n' });
  });

  test('more than a batch keep their order, and carry the number of the first', async () => {
    const lines = stdin(...Array.from({ length: 1201 }, (_, index) => ({ command: `echo ${index}` })));
    expect(JSON.parse((await feed(lines, '--stdin', '--json')).stdout)).toMatchObject({ batch: 1, ids: ['1-1201'] });
    expect(await argvOf('1201')).toEqual({ command: 'echo 1200' });
    const listed = await sandbox.must('list', '--where', 'batch=1', '--ids', '--limit', '5000');
    expect(listed.trim().split('\n')).toHaveLength(1201);
  });

  test('killed between two batches: what is stored can be found, and the files are gone', async () => {
    const lines = stdin(...Array.from({ length: 900 }, () => ({ command: 'true' })));
    const env = { QUEUECTL_FAIL_POINT: 'enqueue-after-commit:2', TMPDIR: sandbox.folder };
    const { code, stdout } = await sandbox.runWith({ stdin: lines, env }, 'enqueue', '--stdin');
    expect({ code, stdout }).toEqual({ code: null, stdout: '' });
    expect(await stored()).toHaveLength(500);
    expect(
      (await sandbox.must('list', '--where', 'batch=1', '--ids', '--limit', '5000')).trim().split('\n'),
    ).toHaveLength(500);
    expect(readdirSync(sandbox.folder).filter((name) => name.startsWith('queuectl-'))).toEqual([]);
  });

  test('--wait stays until all have ended, and exits as the highest', async () => {
    await sandbox.must('worker', 'start', '--concurrency', '3');
    const lines = stdin(
      { command: 'true' },
      { command: 'exit 7', max_retries: 0 },
      { command: 'exit 3', max_retries: 0 },
    );
    const waited = await feed(lines, '--stdin', '--wait');
    expect(waited).toMatchObject({ code: 7, stdout: '1\n2\n3\n' });
    expect(waited.stderr.trim().split('\n').sort()).toEqual(
      ['2 dead exit:7', '3 dead exit:3'].map((line) => expect.stringContaining(line.split(' ')[0]!)),
    );
    const { stdout, code } = await feed(lines, '--stdin', '--wait', '--json');
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({
      enqueued: 3,
      reason: 'job',
      exit_code: 7,
      states: { completed: 1, dead: 2 },
    });
  });
});

describe('--each', () => {
  test('a line is one argument, whatever it holds', async () => {
    const lines = ['a b.png', "it's $(x).jpg", '', '-n', 'dir/c.tar.gz'];
    writeFileSync(join(sandbox.folder, 'files'), lines.join('\n'));
    expect(
      (await sandbox.must('enqueue', '--each', 'files', '--', 'convert', '{}', 'out/{/.}.png', 'n{#}'))
        .trim()
        .split('\n'),
    ).toHaveLength(4);
    expect(await argvOf('1')).toEqual({ argv: ['convert', 'a b.png', 'out/a b.png', 'n1'] });
    expect(await argvOf('2')).toEqual({ argv: ['convert', "it's $(x).jpg", "out/it's $(x).png", 'n2'] });
    expect(await argvOf('3')).toEqual({ argv: ['convert', '-n', 'out/-n.png', 'n3'] });
    expect(await argvOf('4')).toEqual({ argv: ['convert', 'dir/c.tar.gz', 'out/c.tar.png', 'n4'] });
  });

  test('lines of standard input, also as find -print0 gives them', async () => {
    await feed('a\r\nb\n', '--each', '-', '--', 'wc', '-l');
    expect([await argvOf('1'), await argvOf('2')]).toEqual([{ argv: ['wc', '-l', 'a'] }, { argv: ['wc', '-l', 'b'] }]);
    await feed('x\ny\r\0z\0', '--each', '-', '--null', '--', 'wc');
    expect([await argvOf('3'), await argvOf('4')]).toEqual([{ argv: ['wc', 'x\ny\r'] }, { argv: ['wc', 'z'] }]);
  });

  test('a key with a placeholder lets the same call be made again', async () => {
    const again = ['--each', '-', '--key', 'size of {}', '--if-exists', 'skip', '--json', '--', 'wc', '-c', '{}'];
    const first = { enqueued: 2, existing: 0, batch: 1, ids: ['1-2'] };
    expect(JSON.parse((await feed('a\nb\n', ...again)).stdout)).toMatchObject(first);
    const second = { enqueued: 1, existing: 2, batch: 3, ids: ['1', '3', '2'] };
    expect(JSON.parse((await feed('a\nc\nb\n', ...again)).stdout)).toMatchObject(second);
    expect(await feed('x\nb\n', '--each', '-', '--key', 'size of {}', '--', 'wc')).toMatchObject({
      code: 4,
      stdout: '',
      stderr: expect.stringContaining('line 2: job 2 (pending) has the key "size of b"'),
    });
    expect(await feed('x\ny\n', '--each', '-', '--key', 'same', '--', 'wc')).toMatchObject({ code: 4 });
    expect(await stored()).toEqual(['1', '2', '3']);
  });

  test('--dry-run shows the commands, and adds nothing', async () => {
    expect(await feed('a b\nc\n', '--each', '-', '--dry-run', '--', 'rm', '{}')).toEqual({
      code: 0,
      stdout: "rm 'a b'\nrm c\n",
      stderr: '',
    });
    const { stdout } = await feed('a\n', '--each', '-', '--dry-run', '--json', '--queue', 'q', '--', 'rm');
    expect(JSON.parse(stdout)).toEqual({
      dry_run: true,
      enqueued: 0,
      jobs: [{ id: null, queue: 'q', type: 'shell', command: 'rm a' }],
      refused: 0,
      problems: [],
    });
    expect(await stored()).toEqual([]);
  });

  test('a file that comes through a pipe', async () => {
    const script = '"$NODE" "$BIN" enqueue --each <(printf "1\\n2\\n") -- echo';
    const env = sandbox.env({ NODE: process.execPath, BIN: PROGRAM });
    expect(spawnSync('bash', ['-c', script], { env, cwd: sandbox.folder, encoding: 'utf8' }).stdout).toBe('1\n2\n');
  });
});

test.each([
  [['--each', 'files'], '--each needs a command after --'],
  [['--each', 'files', '--file', 'x'], '--each and --file exclude each other'],
  [['--each', 'nowhere', '--', 'x'], 'cannot read nowhere: no such file or directory'],
  [['--each', 'folder', '--', 'x'], 'cannot read folder: illegal operation on a directory'],
  [['--each', 'files', '--stdin', '--', 'x'], '--stdin'],
  [['--each', 'files', '--id', 'x', '--', 'x'], '--id is for one job, and --each adds many'],
  [['--each', 'files', '--follow', '--', 'x'], '--follow shows one job, and --each adds many'],
  [['--each', 'files', '--type', 'http', '--', 'x'], 'line 1: command and argv are for jobs of type shell'],
  [['--stdin', '{"command":"x"}'], 'the JSON and --stdin exclude each other'],
  [['--stdin', '--', 'x'], '--stdin and -- exclude each other'],
  [['--stdin', '--null'], '--null'],
  [['--partial', '--', 'x'], '--partial is for many jobs'],
  [['--dry-run', '--', 'x'], '--dry-run is for many jobs'],
])('enqueue %j is refused', async (args, sentence) => {
  writeFileSync(join(sandbox.folder, 'files'), 'a\n');
  mkdirSync(join(sandbox.folder, 'folder'));
  const { code, stdout, stderr } = await feed('{"command":"x"}\n', ...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/\n\s+at |bug in queuectl/);
});
