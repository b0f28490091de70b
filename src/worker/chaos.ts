// Failures on request: tests what happens when attempts fail. Off unless the setting and the worker's environment both say so (F64).
import type { Ending } from '../job/job.js';

const INJECTED: Ending = {
  outcome: 'failed',
  cause: 'error:injected',
  detail: 'failure_rate made this attempt fail: nothing of it was run',
};

export function obeysFailureRate(env: NodeJS.ProcessEnv): boolean {
  return env.QUEUECTL_CHAOS === '1';
}

/** Drawn for each attempt. @param rate the setting `failure_rate` @returns undefined for an attempt that is to be run */
export function injectedFailure(rate: number, env: NodeJS.ProcessEnv): Ending | undefined {
  return obeysFailureRate(env) && Math.random() < rate ? INJECTED : undefined;
}
