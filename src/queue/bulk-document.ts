// The document of a change of many jobs, for --json and the API.
import type { BulkChange } from './change.js';

export interface BulkDocument {
  dry_run: false;
  /** How many jobs. */
  changed: number;
  /** How many of those that were meant were left as they are, since their state does not allow it. */
  left: number;
  ids: string[];
  /** What `undo` takes back; null when nothing was changed. */
  change: number | null;
  /** Completed jobs that run again, as new ones. */
  copies: { id: string; parent: number }[];
}

export function bulkDocument({
  ids,
  left,
  change,
  copies,
}: Pick<BulkChange, 'ids' | 'left' | 'change' | 'copies'>): BulkDocument {
  return { dry_run: false, changed: ids.length, left, ids, change, copies };
}
