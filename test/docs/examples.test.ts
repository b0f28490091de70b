// The examples do what they say, with nothing but the program.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readDocument, root } from './documents.js';
import { Shell } from './shell.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

const example = (name: string) => join(root, 'examples', name);

function folder(name: string, files: Record<string, string>): string {
  const path = join(shell.folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

describe('nightly-backup.sh', () => {
  test('backs up once a day', async () => {
    const documents = folder('my documents', { 'a.txt': 'one', 'b.txt': 'two' });
    const target = folder('backup', {});
    const run = () => shell.execute([example('nightly-backup.sh'), documents, target]);
    const [first, second] = await Promise.all([run(), run()]);
    for (const { code } of [first, second]) expect(code).toBe(0);
    const [id] = /backup-[\d-]+/.exec(first.stdout)!;
    expect(await shell.ended(id)).toMatchObject({ state: 'completed', queue: 'backup', maxRetries: 5, attempt: 1 });
    const names = execFileSync('tar', ['-tzf', join(target, `${id}.tar.gz`)], { encoding: 'utf8' });
    expect(names.trim().split('\n').sort()).toEqual(['./', './a.txt', './b.txt']);
    const third = await run();
    // At midnight it is the next day's.
    if (third.stdout.includes(id)) expect(third.stderr).toContain(`job ${id} is there already (completed)`);
    if (third.stdout.includes(id)) expect(readdirSync(target)).toEqual([`${id}.tar.gz`]);
  });

  test('tells when it failed, after its retries, and leaves as the job did', async () => {
    const target = folder('backup', {});
    await shell.must('config', 'set', 'backoff_base', '0');
    const told = join(shell.folder, 'told');
    const env = `NOTIFY='tee ${told}' RETRIES=2`;
    const { code } = await shell.execute(['sh', '-c', `${env} '${example('nightly-backup.sh')}' /nowhere '${target}'`]);
    expect(code).toBe(2);
    const [job] = await (await shell.queue()).list({}, { limit: 9 });
    expect(job).toMatchObject({ state: 'dead', attempt: 3 });
    const message = readFileSync(told, 'utf8');
    expect(message).toMatch(
      /^backup of \/nowhere failed \(2\)\njob backup-[\d-]+ failed for good after 3 failures: exit 2/,
    );
    expect(message).toMatch(/nowhere.*\n$/);
  });

  test('tells what is wrong when it cannot enqueue', async () => {
    writeFileSync(shell.db, '');
    const { code, stderr } = await shell.execute([example('nightly-backup.sh'), '/from', '/to']);
    expect(code).toBe(74);
    expect(stderr).toContain('is empty (0 bytes)');
  });
});

describe('convert-folder.sh', () => {
  test('compresses each file, lists what failed and leaves as it did', async () => {
    const odd = 'a\nb; $(touch oops) {}.txt';
    const files = {
      'one.txt': 'first',
      "it's two.txt": 'second',
      [odd]: 'odd',
      'three.txt': 'third',
      'three.txt.gz': 'x',
    };
    const path = folder('to convert', files);
    const { code, stdout } = await shell.execute([example('convert-folder.sh'), path]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^\d+ completed$/m);
    expect(stdout).toMatch(/exit 2 .*three\.txt/);
    for (const name of ['one.txt', "it's two.txt", odd] as const) {
      expect(existsSync(join(path, name))).toBe(false);
      expect(gunzipSync(readFileSync(join(path, `${name}.gz`))).toString()).toBe(files[name]);
    }
    expect(existsSync(join(shell.folder, 'oops'))).toBe(false);
  });

  test('of an empty folder has nothing to do', async () => {
    const { code, stdout } = await shell.execute([example('convert-folder.sh'), folder('empty', {})]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'nothing to do\n' });
  });
});

describe('ci-checks.sh', () => {
  test('shows each check in turn, and leaves with the highest code', async () => {
    const checks = ['echo linted', 'echo tested; echo badly >&2; exit 3', 'test "$COLOUR" = blue && echo built'];
    const words = checks.map((check) => `'${check}'`).join(' ');
    const { code, stdout } = await shell.execute(['sh', '-c', `COLOUR=blue '${example('ci-checks.sh')}' ${words}`]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/linted\n=== .*\ntested\nbadly\n=== failed \(3\)\n=== .*\nbuilt\n/);
    expect(stdout).toMatch(/1 +exit:3/);
  });

  test('is 0 when all is well, and leaves nothing behind', async () => {
    const { code, stdout } = await shell.execute([example('ci-checks.sh'), 'true', 'echo "$QUEUECTL_DB"']);
    expect(code).toBe(0);
    const [db] = /\/\S+queue\.db/.exec(stdout)!;
    expect(existsSync(join(db, '..'))).toBe(false);
  });
});

test('redrive-after-fix.sh runs again what failed for one reason', async () => {
  const { code, stdout } = await shell.execute([example('redrive-after-fix.sh')]);
  expect(code).toBe(0);
  const names = ['north', 'south', 'west'];
  const ids = names.map((name) => `report-${name}`);
  const reports = names.map((name) => `report on ${name}: fine`);
  expect(stdout.trim().split('\n')).toEqual([...ids, 'failed for want of the program:', ...ids, ...reports]);
});

test('examples/README.md names every example', () => {
  const there = readdirSync(join(root, 'examples')).filter((name) => name !== 'README.md');
  const named = [...readDocument('examples/README.md').matchAll(/^\| \[([^\]]+)\]/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(there.sort());
});
