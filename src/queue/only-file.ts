// What is done to the file of a queue, and on a server by the server's own tools.
import { BadInput } from '../errors.js';
import type { Queue } from './queue.js';

/** @returns the path. @throws BadInput on PostgreSQL, with what does it there */
export function onlyFile({ database }: Queue, done: string, there: string): string {
  if (database.file !== undefined) return database.file;
  throw new BadInput(`only a queue in a file is ${done} by queuectl`, [there]);
}
