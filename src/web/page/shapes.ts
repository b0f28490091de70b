// What the API answers: the documents of --json, as types alone.
import type { bulkDocument } from '../../queue/bulk-document.js';
import type {
  causesDocument,
  detailsDocument,
  jobDocument,
  overviewDocument,
  undoDocument,
  whyDocument,
  workerDocument,
} from '../../queue/document.js';
import type { queueDocument } from '../../queue/queue-document.js';

export type Job = ReturnType<typeof jobDocument>;
export type Details = ReturnType<typeof detailsDocument>;
export type Overview = ReturnType<typeof overviewDocument>;
export type Worker = ReturnType<typeof workerDocument>;
export type Queue = ReturnType<typeof queueDocument>;
export type Why = ReturnType<typeof whyDocument>;
export type Causes = ReturnType<typeof causesDocument>;
export type Undone = ReturnType<typeof undoDocument>;
export type Bulk = ReturnType<typeof bulkDocument>;
export type { Series } from '../../queue/series.js';

export interface Jobs {
  jobs: Job[];
  more: boolean;
}

export interface Session {
  write: boolean;
  enqueue: boolean;
}

export interface Tick {
  revision: number;
  overview: Overview;
  queues: Queue[];
}
