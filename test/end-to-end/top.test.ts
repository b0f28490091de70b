// The live terminal: a real terminal, a real queue, real keys.
import { renameSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CAN_HAVE_TERMINALS, Pty } from '../pty.js';
import { ended, ON_SERVER, Sandbox, until } from '../sandbox.js';

let sandbox: Sandbox;
let pty: Pty | undefined;
beforeEach(async () => {
  sandbox = new Sandbox();
});
afterEach(async () => {
  pty?.end();
  pty = undefined;
  await sandbox.remove();
});

const TERM = 15;
const HUP = 1;
const CONT = 18;

describe.skipIf(!CAN_HAVE_TERMINALS)('on a terminal', () => {
  test('shows counts, workers and jobs, and what changes', async () => {
    await sandbox.enqueue({ id: 'now', command: `while [ ! -e '${sandbox.folder}/go' ]; do sleep 0.05; done` });
    await sandbox.enqueue({ id: 'later', command: 'true', delay: 3600 });
    await sandbox.must('worker', 'start', '--count', '1');
    await sandbox.must('config', 'set', 'failure_rate', '0.5');
    pty = new Pty(sandbox, ['top']);
    const text = await pty.shows('worker-1  now (attempt 1');
    expect(text).toContain('failure_rate is 0.5');
    expect(text).toMatch(/pending 1 {3}processing 1 /);
    expect(text).toMatch(/> now +processing/);
    expect(text).toMatch(/ {2}later +pending/);
    await sandbox.must('queue', 'pause', 'default');
    await pty.shows(/default .*paused/);
    await sandbox.runWith({}, 'cancel', 'now');
    await pty.shows('cancelled 1');
  });

  test('fits 40 columns and 10 rows, wide characters too, and another size', async () => {
    await sandbox.enqueue(...[1, 2, 3].map((n) => ({ command: `echo ${'漢字'.repeat(30)} ${n} \x1b[31m` })));
    pty = new Pty(sandbox, ['status', '--watch'], { columns: 40, rows: 10 });
    const small = await pty.shows('> 1');
    expect(small).toContain('漢字');
    expect(small).toContain('? help');
    pty.resize(100, 30);
    await pty.shows(/attempt +changed/);
    expect(pty.screen.lines[29]).toContain('? help');
    pty.resize(12, 3);
    await pty.shows('? help');
    pty.resize(80, 24);
    await pty.shows(/> 1 +pending/);
  });

  test('a filter is typed, told when it is wrong, and kept', async () => {
    await sandbox.enqueue({ id: 'low', command: 'true' }, { id: 'high', command: 'true', priority: 9 });
    pty = new Pty(sandbox, ['top']);
    await pty.shows('low');
    pty.type('fcolour = red\r');
    await pty.shows('no such field: colour');
    pty.type('\x15priority > 5\r');
    await pty.shows('where priority > 5');
    await until('the other is gone', () => !pty!.screen.text.includes('low'));
    pty.type('f\x15\r');
    await pty.shows('low');
    pty.type('ssss');
    await pty.shows('by changed');
    pty.type('?');
    await pty.shows('another order');
  });

  test('keys cancel, retry, hold, release and pause', async () => {
    await sandbox.enqueue({ id: 'one', command: 'true', delay: 3600 }, { id: 'two', command: 'sleep 600' });
    await sandbox.must('worker', 'start', '--count', '1');
    await sandbox.job('two', ({ state }) => state === 'processing');
    pty = new Pty(sandbox, ['top']);
    await pty.shows(/> two/);
    pty.type('r');
    await pty.shows('job two is processing; what can be retried');
    pty.type('c');
    await pty.shows('Cancel job two? [y/N]');
    pty.type('n');
    await pty.shows('? help');
    pty.type('cy');
    expect((await sandbox.ended('two')).state).toBe('cancelled');
    await pty.shows(/> two +cancelled/);
    pty.type('ry');
    await sandbox.job('two', ({ state }) => state === 'processing');
    await pty.shows(/> two +processing/);
    pty.type('jh');
    await sandbox.job('one', ({ state }) => state === 'held');
    await pty.shows(/> one +held/);
    pty.type('h');
    await sandbox.job('one', ({ state }) => state === 'pending');
    pty.type('py');
    await pty.shows('queue default paused');
    await pty.shows(/default +\d.* paused/); // the line of the queue, by which the key goes
    pty.type('py');
    await pty.shows('queue default resumed');
  });

  test('an output is followed, scrolled, and safe', async () => {
    const go = `${sandbox.folder}/go`;
    const command = `seq 1 60; printf '\\033]0;title\\007\\033[2Jred\\n'; while [ ! -e '${go}' ]; do sleep 0.05; done; echo over`;
    await sandbox.enqueue({ id: 'talks', command });
    await sandbox.must('worker', 'start', '--count', '1');
    pty = new Pty(sandbox, ['top']);
    await pty.shows(/> talks +processing/);
    pty.type('\r');
    await pty.shows(/60\nred/);
    pty.type('g');
    await pty.shows(/output of job talks, \d+ lines below\n1\n2\n/);
    pty.type('G');
    await pty.shows(/60\nred/);
    await sandbox.must('enqueue', '--', 'touch', go);
    await sandbox.must('worker', 'start', '--count', '2');
    await pty.shows(/over\n-- end of the output/);
    pty.type('q');
    await pty.shows(/> talks +completed/);
    expect(pty.received).not.toContain('title');
  });

  test.each([
    ['q', (one: Pty) => one.type('q'), 0],
    ['Ctrl-C', (one: Pty) => one.type('\x03'), 0],
    ['TERM', (one: Pty) => one.signal(TERM), 143],
    ['HUP', (one: Pty) => one.signal(HUP), 129],
  ])('%s leaves the terminal as it was', async (_name, leave, exitCode) => {
    await sandbox.enqueue({ command: 'true' });
    pty = new Pty(sandbox, ['top']);
    await pty.shows('? help');
    expect(pty.screen).toMatchObject({ alternate: true, cursorShown: false });
    leave(pty);
    expect(await pty.ended()).toEqual({ code: exitCode, restored: true });
    expect(pty.screen).toMatchObject({ alternate: false, cursorShown: true, text: '' });
  });

  test('Ctrl-Z gives the terminal back, and it goes on when it is continued', async () => {
    await sandbox.enqueue({ id: 'one', command: 'true' });
    pty = new Pty(sandbox, ['top']);
    await pty.shows('? help');
    pty.type('\x1a');
    await until('it left', () => pty!.received.includes('\x1b[?1049l'));
    pty.signal(CONT);
    await until('it is back', () => pty!.received.split('\x1b[?1049h').length > 2);
    await pty.shows('> one');
    pty.type('q');
    expect(await pty.ended()).toEqual({ code: 0, restored: true });
  });

  test.skipIf(ON_SERVER)('a database that is away is told of, and it goes on when it is back', async () => {
    await sandbox.enqueue({ id: 'one', command: 'true' });
    pty = new Pty(sandbox, ['top']);
    await pty.shows('> one');
    renameSync(sandbox.db, `${sandbox.db}.away`);
    expect(await pty.shows('trying again')).toContain('> one');
    renameSync(`${sandbox.db}.away`, sandbox.db);
    await until('nothing is amiss', () => !pty!.screen.text.includes('trying again'));
    await sandbox.enqueue({ id: 'two', command: 'true' });
    await pty.shows('two');
  });

  test('NO_COLOR is respected, the cursor is seen all the same', async () => {
    await sandbox.enqueue({ id: 'one', command: 'true' });
    pty = new Pty(sandbox, ['top'], { env: { NO_COLOR: '1' } });
    await pty.shows('> one');
    expect(pty.received.replaceAll('\x1b[0m', '')).not.toMatch(/\x1b\[[0-9;]+m/);
  });

  test('TERM=dumb gets lines', async () => {
    pty = new Pty(sandbox, ['top'], { drawn: false, env: { TERM: 'dumb' } });
    await pty.prints('pending 0 processing 0');
    await sandbox.enqueue({ command: 'true' });
    await pty.prints('pending 1 processing 0');
    expect(pty.received).not.toContain('\x1b');
    pty.signal(TERM);
    expect((await pty.ended()).restored).toBe(true);
  });
});

test('a pipe gets a line on each change, or a document', async () => {
  for (const args of [['top'], ['status', '--watch', '--json']]) {
    const child = sandbox.start(args);
    let out = '';
    child.stdout!.on('data', (text) => (out += text));
    const end = ended(child);
    await until('the first line', () => out.endsWith('\n'));
    const [id] = await sandbox.enqueue({ command: 'true', delay: 3600 });
    await until('the second line', () => out.trim().split('\n').length === 2);
    child.kill('SIGINT');
    expect((await end).code).toBe(0);
    const lines = out.trim().split('\n');
    if (args.includes('--json')) expect(lines.map((line) => JSON.parse(line).counts.pending)).toEqual([1, 2]);
    else expect(lines[1]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d pending 1 processing 0 .*no workers$/);
    expect(id).toBeDefined();
  }
});
