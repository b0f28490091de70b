// The public API: what programs and authors of job types import.
export { QueuectlError } from './errors.js';
export type { Attempt, Job, JobEvent, JobState, Outcome, Payload } from './job/job.js';
export type {
  CommandHandler,
  JobContext,
  JobDefaults,
  JobError,
  JobFacts,
  JobHandler,
  JobType,
  JobTypesHook,
  PayloadField,
  PayloadSchema,
  RunHandler,
} from './job/job-type.js';
export { type CheckedRequest, checkRequest, type JobRequest } from './job/request.js';
export { type OpenOptions, openQueue } from './open-queue.js';
export {
  attemptDocument,
  detailsDocument,
  jobDocument,
  metricsDocument,
  overviewDocument,
  workerDocument,
} from './queue/document.js';
export { type FilterTexts, readFilter } from './queue/filter.js';
export type { JobDetails, Queue } from './queue/queue.js';
export { type Waited, type WaitOptions, waitFor } from './queue/wait.js';
export type { JobFilter, Page } from './storage/jobs.js';
