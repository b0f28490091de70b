// Plugins as users install them, without a network: linked, from a tarball, upgraded and removed, beside a running worker.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writePlugin } from '../plugin.js';
import { isAlive, type Result, Sandbox, until } from '../sandbox.js';

const PLUGIN = 'queuectl-plugin-greet';

/** @param word what its jobs return */
const greeting = (word: string) => `
export default () => [{
  name: 'greet',
  load: async () => ({
    parse(input) {
      if (!input?.name) throw new Error('whom to greet?');
      return input;
    },
    run: ({ name }) => '${word} ' + name,
  }),
}];`;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

/** Nobody listens there: whatever asks the registry fails. */
const OFFLINE = { npm_config_registry: 'http://127.0.0.1:1/', npm_config_fetch_retries: '0' };

async function plugins(...words: string[]): Promise<Result> {
  const result = await sandbox.runWith({ env: OFFLINE }, 'plugins', ...words);
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result;
}

/** @returns the path of the tarball */
function pack(version: string, word: string): string {
  const root = writePlugin(sandbox, PLUGIN, greeting(word), version);
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', sandbox.folder], {
    cwd: root,
    encoding: 'utf8',
    env: sandbox.env(OFFLINE),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return join(sandbox.folder, JSON.parse(packed)[0].filename);
}

const greet = async (name: string) => (await sandbox.must('enqueue', '--type', 'greet', '-p', `name=${name}`)).trim();
const resultOf = async (id: string) => {
  await sandbox.ended(id);
  const { result } = JSON.parse(await sandbox.must('show', id, '--json'));
  return JSON.parse(result);
};
const why = async (id: string) => JSON.parse(await sandbox.must('why', id, '--json'));
const workerLog = () => readFileSync(join(`${sandbox.db}.files`, 'logs', 'worker-1.log'), 'utf8');

test('linked: its folder is used as it lies there; unlinked: it is gone', async () => {
  const root = writePlugin(sandbox, PLUGIN, greeting('hello'));
  await plugins('link', root, '--no-install');
  expect((await sandbox.must('plugins')).trim()).toBe(`${PLUGIN} 1.2.3 (link) ${root}`);
  const refused = await sandbox.run('enqueue', '--type', 'greet');
  expect(refused).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^queuectl: greet: whom to greet\?\n/),
  });
  await sandbox.must('worker', 'start');
  expect(await resultOf(await greet('Ada'))).toBe('hello Ada');
  await plugins('unlink', PLUGIN);
  const unknown = await sandbox.run('enqueue', '--type', 'greet', '-p', 'name=Ada');
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no such job type: greet') });
});

test('from a tarball without a registry, while a worker works: used at once, and after its removal its jobs wait', async () => {
  await sandbox.must('worker', 'start');
  const [pid] = await sandbox.workerPids();
  await plugins('install', `file:${pack('1.0.0', 'hello')}`);
  expect(await resultOf(await greet('Ada'))).toBe('hello Ada');

  await plugins('uninstall', PLUGIN);
  const [other] = await sandbox.enqueue({ command: 'true' }); // wakes the worker, as any job does
  await sandbox.ended(other!);
  const served = async () => (await (await sandbox.queue()).workers.living())[0]!.types;
  await until('the worker to drop the type', async () => !(await served()).includes('greet'));
  // Somebody else has the plugin, and no worker.
  const env = { XDG_DATA_HOME: join(sandbox.folder, 'elsewhere') };
  await sandbox.runWith({ env }, 'plugins', 'link', join(sandbox.folder, PLUGIN), '--no-install');
  const stuck = (await sandbox.runWith({ env }, 'enqueue', '--type', 'greet', '-p', 'name=Bob')).stdout.trim();
  expect(await why(stuck)).toMatchObject({
    code: 'no_worker_for_type',
    sentence: expect.stringContaining(`plugin ${PLUGIN} 1.0.0`),
    command: `queuectl plugins install ${PLUGIN}`,
  });
  expect((await (await sandbox.queue()).job(stuck)).state).toBe('pending');

  await plugins('install', `file:${pack('1.0.0', 'hello')}`);
  await greet('Cy'); // wakes the worker
  expect(await resultOf(stuck)).toBe('hello Bob');
  expect(await sandbox.workerPids()).toEqual([pid]);
});

test('upgraded: the worker keeps the code that it has and says so, until it is restarted, and jobs go on', async () => {
  await plugins('install', `file:${pack('1.0.0', 'hello')}`);
  await sandbox.must('worker', 'start', '--concurrency', '2');
  expect(await resultOf(await greet('Ada'))).toBe('hello Ada');
  const go = join(sandbox.folder, 'go');
  const [long] = await sandbox.enqueue({ command: `echo $$; until [ -e '${go}' ]; do sleep 0.05; done` });
  const shell = await until('its pid', async () => Number(await sandbox.must('logs', long!)));

  await plugins('install', `file:${pack('1.1.0', 'good day')}`);
  expect(await resultOf(await greet('Ada'))).toBe('hello Ada');
  const told = `plugin ${PLUGIN} changed from 1.0.0 to 1.1.0: queuectl worker restart loads it`;
  await until('the warning', () => workerLog().includes(told));

  await sandbox.must('worker', 'restart');
  expect(isAlive(shell)).toBe(true);
  expect(await resultOf(await greet('Ada'))).toBe('good day Ada');
  writeFileSync(go, '');
  expect(await sandbox.ended(long!)).toMatchObject({ state: 'completed', attempt: 1 });
});

test('under --json it is one document, whatever npm says', async () => {
  const { stdout } = await plugins('install', `file:${pack('1.0.0', 'hello')}`, '--json');
  expect(stdout).toBe(''); // what it says goes to standard error
  expect(JSON.parse((await plugins('--json')).stdout)).toContainEqual(
    expect.objectContaining({ name: PLUGIN, version: '1.0.0' }),
  );
});

test('one that cannot be had is an error that says why, and changes nothing', async () => {
  const { code, stdout } = await sandbox.runWith(
    { env: OFFLINE },
    'plugins',
    'install',
    'file:./nowhere.tgz',
    '--json',
  );
  expect(code).not.toBe(0);
  expect(JSON.parse(stdout).error.message).toBeTruthy();
  expect(await sandbox.run('enqueue', '--', 'true')).toMatchObject({ code: 0, stderr: '' });
});
