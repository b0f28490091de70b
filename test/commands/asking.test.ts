// The question before many jobs are changed: asked on a real terminal, and nowhere else.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CAN_HAVE_TERMINALS, Pty } from '../pty.js';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
let pty: Pty | undefined;
beforeEach(async () => {
  sandbox = new Sandbox();
  await sandbox.enqueue({ id: 'one', command: 'true' }, { id: 'two', command: 'true' });
});
afterEach(async () => {
  pty?.end();
  pty = undefined;
  await sandbox.remove();
});

const pending = async () => (await (await sandbox.queue()).list({ states: ['pending'] }, { limit: 9 })).length;

describe.skipIf(!CAN_HAVE_TERMINALS)('on a terminal', () => {
  test.each([
    ['y\r', 0, '2 jobs cancelled', 0],
    ['yes\r', 0, '2 jobs cancelled', 0],
    ['\r', 0, 'nothing was changed', 2],
    ['n\r', 0, 'nothing was changed', 2],
    ['yesterday\r', 0, 'nothing was changed', 2],
    ['\x04', 0, 'nothing was changed', 2], // the end of input
    ['\x03', 130, 'interrupted: nothing was changed', 2], // Ctrl-C
  ])('the answer %j', async (answer, code, told, left) => {
    pty = new Pty(sandbox, ['cancel', '--all'], { drawn: false });
    await pty.prints('Cancel 2 jobs? [y/N]');
    pty.type(answer);
    expect(await pty.ended()).toEqual({ code, restored: true });
    await pty.prints(told);
    expect(await pending()).toBe(left);
  });

  test.each([
    ['what --yes agrees to', ['cancel', '--all', '--yes'], 0],
    ['jobs that are named', ['cancel', 'one'], 1],
    ['a dry run', ['cancel', '--all', '--dry-run'], 2],
    ['a filter that finds nothing', ['cancel', '--where', 'priority > 5'], 2],
  ])('%s is not asked about', async (_what, args, left) => {
    pty = new Pty(sandbox, args, { drawn: false });
    expect(await pty.ended()).toEqual({ code: 0, restored: true });
    expect(pty.received).not.toContain('[y/N]');
    expect(await pending()).toBe(left);
  });

  test('what is deleted is asked about though it is named', async () => {
    pty = new Pty(sandbox, ['delete', 'one'], { drawn: false });
    await pty.prints('Remove 1 job for good? [y/N]');
    pty.type('y\r');
    expect((await pty.ended()).code).toBe(0);
    expect(await pending()).toBe(1);
  });
});

test('a script is not asked', async () => {
  const { code, stderr } = await sandbox.run('cancel', '--all');
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('[y/N]') });
  expect(await pending()).toBe(0);
});
