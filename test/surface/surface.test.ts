// What scripts rely on stands in files that are compared with the program; what it prints is held against its schemas.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';
import { checkDocument, SCHEMAS } from '../schemas.js';

const root = join(import.meta.dirname, '../..');
const surface = JSON.parse(readFileSync(join(root, 'docs/surface.json'), 'utf8'));

test('docs/surface.json, schemas/, docs/cli.md and man/ are what the program says (npm run surface renews them)', () => {
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts/surface.mjs'), '--check'], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

describe('every document that is printed is as its schema says', () => {
  let sandbox: Sandbox;
  const printed = new Set<string>();

  beforeAll(async () => {
    sandbox = new Sandbox();
    await sandbox.must('worker', 'start');
    await sandbox.enqueue(
      { id: 'good', command: 'echo out; echo value > "$QUEUECTL_RESULT_FILE"', env: { A_TOKEN: 'x' } },
      { id: 'bad', argv: ['sh', '-c', 'exit 3'], max_retries: 0 },
      { id: 'flaky', command: 'test "$QUEUECTL_ATTEMPT" = 2', backoff_base: 0.01 },
      { id: 'worse', command: 'exit 4', max_retries: 0 },
      { id: 'later', command: 'true', delay: '1h' },
    );
    for (const id of ['good', 'bad', 'flaky', 'worse']) await sandbox.ended(id);
  });
  afterAll(() => sandbox.remove());

  /** The sandbox itself compares it with its schema. */
  async function document(name: string, ...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await sandbox.run(...args, '--json');
    expect({ args, code, stderr, empty: stdout === '' }).toMatchObject({ args, code: 0, empty: false });
    printed.add(name);
  }

  test.each([
    ['status'],
    ['metrics'],
    ['list'],
    ['show', 'good'],
    ['show', 'flaky'],
    ['logs', 'good'],
    ['why', 'later'],
    ['why', 'bad'],
    ['wait', 'good', 'flaky'],
    ['dlq', 'list'],
    ['dlq', 'list', '--by', 'cause'],
    ['dlq', 'show', 'bad'],
    ['types'],
    ['types', 'show', 'shell'],
    ['worker', 'list'],
    ['worker', 'start'],
    ['worker', 'restart'],
    ['config', 'show'],
    ['config', 'get', 'max_retries'],
    ['config', 'set', 'max_retries', '4'],
    ['config', 'unset', 'max_retries'],
    ['db', 'init'],
    ['db', 'migrate'],
    ['hold', '--all', '--dry-run'],
    ['hold', 'later'],
    ['release', 'later'],
    ['undo'],
    ['update', 'later', '--priority', '5'],
    ['retry', 'good'],
    ['dlq', 'retry', 'worse'],
    ['dlq', 'purge', 'bad'],
    ['queue', 'list'],
    ['queue', 'pause', 'default'],
    ['queue', 'resume', 'default'],
    ['db', 'check'],
    ['db', 'prune'],
    ['cancel', 'later'],
    ['delete', 'later'],
    ['worker', 'stop'],
    ['db', 'vacuum'],
  ])('%s %s %s', async (...words) => {
    const args = words.filter((word) => word !== undefined);
    const topical = SCHEMAS.includes(`${args[0]}-${args[1]}`) ? `${args[0]}-${args[1]}` : args[0]!;
    await document(topical, ...args);
  });

  test('enqueue, alone, waited for, and followed line by line', async () => {
    await sandbox.must('worker', 'start');
    await document('enqueue', 'enqueue', '{"command":"true"}');
    await document('enqueue', 'enqueue', '--wait', '{"command":"echo 1"}');
    await document('follow-line', 'enqueue', '--follow', '{"command":"echo 1"}');
  });

  test('an export, its lines, and its import', async () => {
    const file = join(sandbox.folder, 'queue.ndjson');
    const lines = (await sandbox.must('export', '--with-secrets')).trimEnd().split('\n');
    for (const line of lines) checkDocument(line, 'export-line');
    expect(lines.length).toBeGreaterThan(5);
    printed.add('export-line');
    await document('export', 'export', '--with-secrets', '--output', file);
    await document('import', 'import', file, '--db', join(sandbox.folder, 'other.db'));
  });

  test('a new plugin', async () => {
    await document('plugins-create', 'plugins', 'create', 'mail', '--dir', join(sandbox.folder, 'mail'));
  });

  test.each([
    ['show', 'nobody', 3],
    ['list', '--stat', 2],
    ['dlq', 'show', 'good', 4],
    ['nonsense', 2],
  ])('an error: %s %s %s', async (...words) => {
    const code = words.pop();
    const result = await sandbox.run(...words.map(String), '--json');
    expect(result).toMatchObject({ code, stdout: expect.stringMatching(/^\{"error":/) });
    checkDocument(result.stdout, 'error');
    printed.add('error');
  });

  test('and no schema was left out', () => {
    const elsewhere = SCHEMAS.filter((name) => /^(db-(backup|salvage)|doctor)$/.test(name)); // their own tests print them
    expect([...printed, ...elsewhere].sort()).toEqual(SCHEMAS);
  });
});

test('a document with a key that its schema does not know is refused', () => {
  const text = '{"error":{"code":"x","message":"x","suggestions":[],"exit_code":1}}';
  checkDocument(text, 'error');
  expect(() => checkDocument(text.replace('"code"', '"colour":1,"code"'), 'error')).toThrow('"colour"');
});

test('every exit code and every setting is part of the surface', () => {
  expect(Object.values(surface.exit_codes)).toEqual([0, 1, 2, 3, 4, 73, 74, 75, 78, 124, 130]);
  expect(Object.keys(surface.settings)).toContain('max_retries');
  expect(surface.schemas).toEqual(SCHEMAS);
});
