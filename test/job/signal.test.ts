// Signals as people type them.
import { expect, test } from 'vitest';
import { readSignal } from '../../src/job/signal.js';

test.each([
  ['INT', 'SIGINT'],
  ['sigint', 'SIGINT'],
  ['SIGTERM', 'SIGTERM'],
  ['usr1', 'SIGUSR1'],
])('%s is %s', (typed, name) => {
  expect(readSignal(typed, '--signal')).toBe(name);
});

test.each(['', 'STOP', '9', 'SIGSIG', 'INT '])('%j is refused with what is taken', (typed) => {
  expect(() => readSignal(typed, '--signal')).toThrow('--signal takes one of TERM, INT');
});
