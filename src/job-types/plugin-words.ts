// What plugins say and throw, as text: they may throw anything.
import { inspect } from 'node:util';

export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : shown(error);
}

/** Short, and never fails, as JSON.stringify does for a BigInt or a circle. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  return inspect(value, { depth: 0, customInspect: false, breakLength: Number.POSITIVE_INFINITY }).slice(0, 80);
}
