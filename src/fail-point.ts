// Named places where tests let a process die, as by SIGKILL. Inert unless QUEUECTL_FAIL_POINT names one.
import { writeSync } from 'node:fs';

/** In the order in which a process comes to them. */
export const FAIL_POINTS = [
  'enqueue-before-commit',
  'enqueue-after-commit',
  'enqueue-before-acknowledging',
  'import-before-commit',
  'worker-registered',
  'dead-workers-ended',
  'adopt-before-commit',
  'adopt-after-commit',
  'worker-before-ready',
  'worker-ready',
  'claim-before-commit',
  'claim-after-commit',
  'output-created',
  'stdin-written',
  'command-spawned',
  'command-written',
  'command-started',
  'tree-signalled',
  'attempt-ended',
  'output-collected',
  'settle-before-commit',
  'settle-after-commit',
  'worker-before-end',
] as const;

export type FailPoint = (typeof FAIL_POINTS)[number];

/** `NAME`, or `NAME:N` to die when it is passed for the Nth time. */
const chosen = process.env.QUEUECTL_FAIL_POINT?.split(':');
let passed = 0;

export function failPoint(name: FailPoint): void {
  if (chosen !== undefined && chosen[0] === name) pass(name);
}

function pass(name: FailPoint): void {
  passed++;
  if (passed !== Number(chosen![1] ?? 1)) return;
  writeSync(2, `died at ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
}
