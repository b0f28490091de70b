// Causes, their sentences, and the exit codes that tell a job's fate.
import { describe, expect, test } from 'vitest';
import { causeSentence, endingOfStatus, fateExitCode } from '../../src/job/cause.js';
import { JOB_STATES } from '../../src/job/job.js';

describe('what a shell status means', () => {
  test.each([
    [0, { outcome: 'succeeded', cause: null }],
    [1, { outcome: 'failed', cause: 'exit:1' }],
    [125, { outcome: 'failed', cause: 'exit:125' }],
    [126, { outcome: 'failed', cause: 'not_executable' }],
    [127, { outcome: 'failed', cause: 'not_found' }],
    [128, { outcome: 'failed', cause: 'exit:128' }],
    [129, { outcome: 'failed', cause: 'signal:SIGHUP', signal: 'SIGHUP' }],
    [130, { outcome: 'failed', cause: 'signal:SIGINT', signal: 'SIGINT' }],
    [137, { outcome: 'failed', cause: 'signal:SIGKILL', signal: 'SIGKILL' }],
    [139, { outcome: 'failed', cause: 'signal:SIGSEGV', signal: 'SIGSEGV' }],
    [143, { outcome: 'failed', cause: 'signal:SIGTERM', signal: 'SIGTERM' }],
    [162, { outcome: 'failed', cause: 'signal:SIG34', signal: 'SIG34' }],
    [192, { outcome: 'failed', cause: 'signal:SIG64', signal: 'SIG64' }],
    [193, { outcome: 'failed', cause: 'exit:193' }],
    [255, { outcome: 'failed', cause: 'exit:255' }],
  ])('%d', (status, ending) => {
    expect(endingOfStatus(status)).toMatchObject({ ...ending, exitCode: status });
  });
});

test.each([
  [null, ''],
  ['exit:3', 'exit 3'],
  ['signal:SIGKILL', 'signal SIGKILL'],
  ['timeout', 'timed out'],
  ['not_found', 'command not found'],
  ['not_executable', 'not executable'],
  ['no_folder', 'its folder is missing'],
  ['worker_lost', 'its worker died'],
  ['expired', 'expired before it started'],
  ['error:TypeError', 'TypeError'],
  ['error:a:b', 'a:b'],
  ['something_new', 'something_new'],
])('the cause %s reads "%s"', (cause, sentence) => {
  expect(causeSentence(cause)).toBe(sentence);
});

describe("a job's fate as an exit code", () => {
  test.each([
    ['completed', null, 0],
    ['completed', 'exit:1', 0],
    ['cancelled', 'cancelled', 125],
    ['cancelled', 'expired', 125],
    ['dead', 'expired', 125],
    ['dead', 'exit:3', 3],
    ['dead', 'exit:255', 255],
    ['dead', 'signal:SIGKILL', 137],
    ['dead', 'signal:SIGTERM', 143],
    ['dead', 'signal:SIGUSR1', 138],
    ['dead', 'signal:SIG34', 162],
    ['dead', 'timeout', 124],
    ['dead', 'not_found', 127],
    ['dead', 'not_executable', 126],
    ['dead', 'no_folder', 1],
    ['dead', 'worker_lost', 1],
    ['dead', 'error:TypeError', 1],
    ['dead', null, 1],
  ] as const)('%s by %s is %d', (state, cause, code) => {
    expect(fateExitCode(state, cause)).toBe(code);
  });

  test('a job that may still run has no fate', () => {
    const waiting = JOB_STATES.filter((state) => !['completed', 'dead', 'cancelled'].includes(state));
    expect(waiting.map((state) => fateExitCode(state, 'exit:3'))).toEqual(waiting.map(() => null));
  });

  test('every status that a shell can report comes back as itself', () => {
    for (let status = 1; status <= 255; status++) {
      expect(fateExitCode('dead', endingOfStatus(status).cause)).toBe(status);
    }
  });
});
