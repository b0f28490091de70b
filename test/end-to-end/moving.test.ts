// export and import as commands: files, pipes, an import that dies, and what they refuse.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Sandbox } from '../sandbox.js';

let from: Sandbox;
let to: Sandbox;
beforeEach(() => {
  [from, to] = [new Sandbox(), new Sandbox()];
});
afterEach(async () => {
  await from.remove();
  await to.remove();
});

test('an import that is killed goes on where it was, and stores each job once', async () => {
  await from.enqueue(...Array.from({ length: 1200 }, (_, index) => ({ id: `job-${index}`, command: 'true' })));
  const file = join(from.folder, 'queue.ndjson');
  await from.must('export', '--output', file);
  const killed = await to.runWith({ env: { QUEUECTL_FAIL_POINT: 'import-before-commit:2' } }, 'import', file);
  expect(killed.code).not.toBe(0);
  const { stdout, stderr, code } = await to.run('import', file, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { before, jobs } = JSON.parse(stdout);
  expect(before).toBeGreaterThan(0);
  expect(before + jobs).toBe(1200);
  const again = join(to.folder, 'again.ndjson');
  await to.must('export', '--output', again);
  const body = (path: string) => readFileSync(path, 'utf8').split('\n').slice(1);
  expect(body(again)).toEqual(body(file));
  expect((await (await to.queue()).overview()).counts.pending).toBe(1200);
});

test('a pipe moves a queue, and leaves no copy behind', async () => {
  await from.enqueue({ id: 'one', command: 'true', env: { API_TOKEN: 'a-secret' } });
  const { stdout } = await from.run('export', '--with-secrets');
  const env = { TMPDIR: to.folder };
  expect(await to.runWith({ stdin: stdout, env }, 'import', '-')).toMatchObject({
    code: 0,
    stderr: '1 job imported\n',
  });
  expect(readdirSync(to.folder).filter((name) => name.startsWith('queuectl-'))).toEqual([]);
  expect(await (await to.queue()).job('one')).toMatchObject({ state: 'pending' });
});

test('an export does not replace a file, nor leave half of one', async () => {
  await from.enqueue({ command: 'true' });
  const file = join(from.folder, 'queue.ndjson');
  writeFileSync(file, 'mine');
  chmodSync(file, 0o644);
  expect(await from.run('export', '-o', file)).toMatchObject({ code: 4 });
  expect(readFileSync(file, 'utf8')).toBe('mine');
  await from.must('export', '-o', file, '--force');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain('"end":{"jobs":1}');
  expect(readdirSync(from.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  const nowhere = join(from.folder, 'no', 'folder');
  expect(await from.run('export', '-o', nowhere)).toMatchObject({ code: 73 });
  expect(existsSync(nowhere)).toBe(false);
});

test('an export tells which jobs were running, and whose secrets are masked', async () => {
  const env = { API_TOKEN: 'a-secret' };
  await from.enqueue(
    { id: 'runs', command: 'sleep 600' },
    { id: 'hides', command: 'true', env, run_at: '2090-01-01T00:00:00Z' },
  );
  await from.must('worker', 'start');
  await from.job('runs', ({ state }) => state === 'processing');
  const { code, stdout, stderr } = await from.run('export');
  expect(code).toBe(0);
  expect(stderr).toContain('1 job ran meanwhile');
  expect(stderr).toContain('secrets of 1 job are masked');
  expect(stdout).not.toContain('a-secret');
  const refused = await to.runWith({ stdin: stdout }, 'import', '-');
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('queuectl export --with-secrets');
});

test('an import of what is not there says so', async () => {
  expect(await to.run('import')).toMatchObject({ code: 2 });
  const { code, stderr } = await to.run('import', join(to.folder, 'nothing'));
  expect(code).toBe(74);
  expect(stderr).toContain('nothing');
});
