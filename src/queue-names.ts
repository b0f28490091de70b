// What the commands about queues share: which ones are meant, and how a change of them is told.
import { textArg } from './base-command.js';
import { BadInput } from './errors.js';
import { Flags } from './oclif.js';
import type { QueueChange } from './queue/queues.js';

export const queueArgs = { name: textArg({ description: 'names of the queues' }) };

export const allQueues = (description: string) => ({ all: Flags.boolean({ description }) });

/** @returns undefined for all. @throws BadInput unless it was said in one way */
export function readQueueNames(names: readonly string[], all: boolean): readonly string[] | undefined {
  if (names.length > 0 && all) throw new BadInput('names and --all exclude each other', ['keep one of them']);
  if (names.length === 0 && !all) throw new BadInput('which queues?', ['give their names or --all']);
  return all ? undefined : names;
}

/** @param done what happened to them; @param before how those were that stay as they are */
export function queueChangeLines({ changed, unchanged, notes }: QueueChange, done: string, before: string): string[] {
  const lines = [
    ...changed.map((name) => `queue ${name} ${done}`),
    ...unchanged.map((name) => `queue ${name} ${before}`),
  ];
  return [...(lines.length > 0 ? lines : [`no queue is there to be ${done}`]), ...notes];
}
