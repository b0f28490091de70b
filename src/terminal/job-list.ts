// What `list` and `dlq list` print: a table for people, CSV or bare ids for programs.
import type { Job } from '../job/job.js';
import { type JobColumnName, jobCsv, jobTable } from './job-table.js';
import { manyLines } from './sanitize.js';
import { screenOf } from './screen.js';

const USUAL: readonly JobColumnName[] = ['id', 'state', 'queue', 'attempt', 'changed', 'reason', 'command'];
const NARROW: readonly JobColumnName[] = ['id', 'state', 'reason', 'command'];

interface Format {
  columns?: readonly JobColumnName[];
  csv?: boolean;
  ids?: boolean;
}

export function formatJobs(jobs: readonly Job[], { columns, csv, ids }: Format): string {
  if (ids) return jobs.map((job) => job.id).join('\n');
  if (csv) return process.stdout.isTTY ? manyLines(jobCsv(jobs, columns ?? USUAL)) : jobCsv(jobs, columns ?? USUAL);
  const screen = screenOf(process.stdout, process.env);
  return jobTable(jobs, columns ?? (screen.columns < 80 ? NARROW : USUAL), Date.now(), screen);
}
