// How scripts are run: the kernel's reading of `#!`, then extensions, then a refusal that helps.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scriptArgv } from '../../src/job-types/script.js';
import { temporaryFolder } from '../storage/temporary-queue.js';

function script(name: string, text: string | Buffer): string {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, text);
  return file;
}

test.each([
  ['#!/bin/bash\necho', ['/bin/bash']],
  ['#!/usr/bin/env python3\n', ['/usr/bin/env', 'python3']],
  ['#! \t/bin/sh  -e -u \necho', ['/bin/sh', '-e -u']],
  ['#!/bin/sh', ['/bin/sh']],
])('%j is run by %j', (text, interpreter) => {
  const file = script('task.py', text);
  expect(scriptArgv(file)).toEqual([...interpreter, file]);
});

test.each([
  ['a.sh', ['sh']],
  ['a.py', ['python3']],
  ['a.js', ['node']],
  ['a.RB', ['ruby']],
  ['a.pl', ['perl']],
])('without #!, %s is run by %j', (name, runner) => {
  for (const text of ['', 'print 1', '#!\n', '# !/bin/sh\n', `#!/${'x'.repeat(300)}\n`]) {
    const file = script(name, text);
    expect(scriptArgv(file)).toEqual([...runner, file]);
  }
});

test('TypeScript is run by a Node that can, else by tsx', () => {
  const file = script('a.ts', '');
  const runner = (process.features as { typescript?: unknown }).typescript ? ['node'] : ['npx', 'tsx'];
  expect(scriptArgv(file)).toEqual([...runner, file]);
});

test('the path is absolute, so that it does not depend on where the job runs', () => {
  expect(scriptArgv('scripts/../bin/run.js').at(-1)).toBe(join(process.cwd(), 'bin/run.js'));
});

test.each([
  ['plain', Buffer.from('\x7fELF\0\0'), 'does not say what runs it'],
  ['win.sh', Buffer.from('#!/bin/sh\r\necho\r\n'), 'carriage return'],
])('%s is refused', (name, text, said) => {
  expect(() => scriptArgv(script(name, text))).toThrow(said);
});

test('what is no file is refused', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'a.sh'));
  expect(() => scriptArgv(join(folder, 'a.sh'))).toThrow('is not a regular file');
  expect(() => scriptArgv(join(folder, 'none.sh'))).toThrow('there is no file');
});
