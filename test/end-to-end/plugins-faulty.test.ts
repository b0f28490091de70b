// Plugins that throw, hang, print, leave or answer nonsense: each costs only itself.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkPlugin } from '../plugin.js';
import { Sandbox, until } from '../sandbox.js';

const GOOD = `export default () => [{ name: 'good', load: async () => ({ parse: (x) => x, run() { return 'done'; } }) }];`;
const BAD = 'queuectl-plugin-bad';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  linkPlugin(sandbox, 'queuectl-plugin-a-good-one', GOOD);
});
afterEach(() => sandbox.remove());

/** How often the worker has said so, once it has: its log is written a little later. */
async function timesLogged(text: string): Promise<number> {
  const log = join(`${sandbox.db}.files`, 'logs', 'worker-1.log');
  const written = await until(`"${text}" in the log`, () => {
    const lines = readFileSync(log, 'utf8');
    return lines.includes('"ready"') && lines.includes(JSON.stringify(text).slice(1, -1)) && lines;
  });
  return written.split(JSON.stringify(text).slice(1, -1)).length - 1;
}

const one = (source: string) => `export default () => [${source}];`;

/** The source of its hook's file, and what is said of it. */
const FAULTY: Record<string, [source: string, warning: string]> = {
  'throws when it is imported': [`throw new Error('broken\\nat import');`, 'cannot be used: broken'],
  'has a mistake in its grammar': ['export default (', 'cannot be used: '],
  'exports no function': ['export default 7;', 'exports no function'],
  'throws in its hook': [`export default () => { throw new Error('broken hook'); };`, 'broken hook'],
  'returns no list': [`export default () => 'nonsense';`, 'its hook returned no list'],
  'returns a list of nonsense': ['export default () => [7, null, undefined];', 'holds 7, which is no job type'],
  'returns a type that throws': [one(`{ get name() { throw new Error('no name'); } }`), 'cannot be read: no name'],
  'has a type without load()': [one(`{ name: 'bad' }`), '"bad" has no load()'],
  'was written for API 2': [
    one(`{ name: 'bad', api: 2, load: async () => ({}) }`),
    'API 2, and this queuectl has API 1',
  ],
  'has a type of another plugin': [one(`{ name: 'good', load: async () => ({}) }`), '"good" is left out'],
  'takes the name shell': [one(`{ name: 'shell', load: async () => ({}) }`), '"shell" is left out: queuectl has one'],
  'leaves in its hook': ['export default () => process.exit(0);', 'it called process.exit()'],
  'leaves when it is imported': ['process.exit(0);', 'it called process.exit()'],
  'hangs in its hook': [
    'setInterval(() => {}, 1000); export default () => new Promise(() => {});',
    'did not answer within 5 s',
  ],
  'hangs when it is imported': [
    'setInterval(() => {}, 1000); await new Promise(() => {});',
    'did not answer within 5 s',
  ],
};

describe.each(Object.entries(FAULTY))('a plugin that %s', (_, [source, warning]) => {
  test('is left out with a warning that names it; all else goes on', async () => {
    linkPlugin(sandbox, BAD, source);
    const said = `warning: plugin ${BAD}: `;

    const enqueued = await sandbox.run('enqueue', '--type', 'good', '--json');
    expect(enqueued.code).toBe(0);
    const { id } = JSON.parse(enqueued.stdout);
    expect(enqueued.stderr).toContain(said);
    expect(enqueued.stderr).toContain(warning);
    expect(enqueued.stderr.split('\n').slice(0, -1)).toSatisfy((lines: string[]) =>
      lines.every((line) => line.startsWith(said)),
    );

    const unknown = await sandbox.run('enqueue', '--type', 'no-such-type', '--json');
    expect(unknown.code).toBe(2);
    expect(JSON.parse(unknown.stdout).error.code).toBe('bad_input');

    const command = await sandbox.run('enqueue', '--', 'true');
    expect(command).toMatchObject({ code: 0, stderr: '' });

    await sandbox.must('worker', 'start');
    expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
    expect(await sandbox.ended(command.stdout.trim())).toMatchObject({ state: 'completed' });
    expect(await timesLogged(warning)).toBe(1);

    const list = await sandbox.run('list', '--json');
    expect(list.code).toBe(0);
    expect(JSON.parse(list.stdout)).toBeDefined();
  });
});

test.each([
  ['has no parse()', 'load: async () => ({ run() {} })', 'has no parse()'],
  ['has nothing to run', 'load: async () => ({ parse: (x) => x })', 'needs either run() or command()'],
  ['is no object', 'load: async () => undefined', 'is no object'],
  ['throws when it is loaded', `load() { throw new Error('no luck'); }`, 'cannot load its job type "bad": no luck'],
  ['leaves when it is loaded', 'load: async () => process.exit(0)', 'it called process.exit()'],
])('a handler that %s is a fault of its plugin; the worker runs the others', async (_, load, fault) => {
  linkPlugin(sandbox, BAD, one(`{ name: 'bad', ${load} }`));
  const refused = await sandbox.run('enqueue', '--type', 'bad', '--json');
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout).error).toMatchObject({ code: 'plugin', message: expect.stringContaining(fault) });
  expect(JSON.parse(refused.stdout).error.message).toContain(`plugin ${BAD}`);
  const id = (await sandbox.must('enqueue', '--type', 'good')).trim();
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
  expect(await timesLogged(fault)).toBe(1);
});

test('what its code prints, at whatever time, never stands between our lines', async () => {
  const print = (where: string) => `console.log('${where} prints');`;
  linkPlugin(
    sandbox,
    'queuectl-plugin-loud',
    `${print('import')}
     export default () => { ${print('hook')} setTimeout(() => { ${print('timer')} }, 20);
       return [{ name: 'loud', load: async () => { ${print('load')} return {
         parse(input) { ${print('parse')} return input; }, describe() { ${print('describe')} return 'described'; }, run() {},
       }; } }]; };`,
  );
  const enqueued = await sandbox.run('enqueue', '--type', 'loud', '--json');
  expect(JSON.parse(enqueued.stdout)).toMatchObject({ queue: 'default' });
  for (const where of ['import', 'hook', 'load', 'parse']) expect(enqueued.stderr).toContain(`${where} prints`);
  const list = await sandbox.run('list');
  expect(list.stdout).toContain('described');
  expect(list.stdout).not.toContain('prints');
  for (const command of [['list'], ['show', '1']]) {
    const { code, stdout, stderr } = await sandbox.run(...command, '--json');
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('describe prints') });
    expect(stdout).toContain('described');
    JSON.parse(stdout);
  }
});

test('what its code throws where nobody awaits it is told, and the command goes on', async () => {
  linkPlugin(
    sandbox,
    BAD,
    `export default () => { Promise.reject(new Error('astray')); setTimeout(() => { throw new Error('late'); }); return []; };`,
  );
  const { code, stdout, stderr } = await sandbox.run('enqueue', '--type', 'good', '--json');
  expect(code).toBe(0);
  JSON.parse(stdout);
  expect(stderr).toContain(`plugin ${BAD}: its code threw where nobody awaited it: astray`);
});

test('a linked folder that is gone is one line that names the plugin, and what to do', async () => {
  const root = linkPlugin(sandbox, BAD, one(''));
  rmSync(root, { recursive: true });
  const warning = `warning: plugin ${BAD} cannot be loaded: nothing is in ${root}; queuectl plugins uninstall ${BAD}\n`;
  const enqueued = await sandbox.run('enqueue', '--type', 'good', '--json');
  expect(enqueued).toMatchObject({ code: 0, stderr: warning });
  const { id } = JSON.parse(enqueued.stdout);
  await sandbox.must('worker', 'start');
  expect(await sandbox.ended(id)).toMatchObject({ state: 'completed' });
  expect(await timesLogged(`plugin ${BAD} cannot be loaded`)).toBe(1);
  await sandbox.must('plugins', 'uninstall', BAD);
  expect(await sandbox.run('list', '--json')).toMatchObject({ code: 0, stderr: '' });
});

test('a plugin that hangs while a worker works holds up neither its jobs nor its signs of life', async () => {
  await sandbox.must('config', 'set', 'lease_sec', '5');
  await sandbox.must('worker', 'start');
  const [pid] = await sandbox.workerPids();
  linkPlugin(sandbox, BAD, 'await new Promise(() => {});');
  const ids = await sandbox.enqueue({ command: 'true' });
  expect(await sandbox.ended(ids[0]!)).toMatchObject({ state: 'completed' });
  expect(await timesLogged('did not answer within 5 s')).toBe(1);
  expect(await sandbox.workerPids()).toEqual([pid]);
});
