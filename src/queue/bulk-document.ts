// The document of a change of many jobs, for --json and the API.
import type { Job } from '../job/job.js';
import type { BulkChange } from './change.js';
import { jobDocument } from './document.js';

/** So many of the jobs that it would be are shown. */
export const DRY_RUN_SHOWN = 20;

export interface BulkDocument {
  dry_run: false;
  /** How many jobs. */
  changed: number;
  /** How many of those that were meant were left as they are, since their state does not allow it. */
  left: number;
  ids: string[];
  /** What `undo` takes back; null when nothing was changed. */
  change: number | null;
  /** New jobs, where completed ones are to run again. */
  copies: BulkChange['copies'];
}

export interface DryRunDocument {
  dry_run: true;
  /** How many jobs it would be. */
  changed: number;
  left: 0;
  /** Of the first of them, as `jobs`. */
  ids: string[];
  change: null;
  jobs: ReturnType<typeof jobDocument>[];
}

/** @param jobs the first of them */
export function dryRunDocument(changed: number, jobs: readonly Job[]): DryRunDocument {
  const ids = jobs.map(({ id }) => id);
  return { dry_run: true, changed, left: 0, ids, change: null, jobs: jobs.map(jobDocument) };
}

export function bulkDocument({
  ids,
  left,
  change,
  copies,
}: Pick<BulkChange, 'ids' | 'left' | 'change' | 'copies'>): BulkDocument {
  return { dry_run: false, changed: ids.length, left, ids, change, copies };
}
