// The job types that this program knows.
import { BadInput } from '../errors.js';
import type { JobType } from '../job/job-type.js';
import { nearest } from '../job/nearest.js';
import { shell } from './shell.js';

const TYPES = new Map<string, JobType>([[shell.name, shell]]);

export function jobTypeNames(): string[] {
  return [...TYPES.keys()];
}

/** @throws BadInput */
export function jobType(name: string): JobType {
  const type = TYPES.get(name);
  if (type) return type;
  const meant = nearest(name, jobTypeNames());
  throw new BadInput(`no such job type: ${name}`, [
    meant ? `did you mean "${meant}"?` : `known types: ${jobTypeNames().join(', ')}`,
  ]);
}

/** One line for lists, also for a type that this program does not know. */
export function describePayload(type: string, payload: unknown): string {
  return TYPES.get(type)?.describe(payload) ?? JSON.stringify(payload);
}
