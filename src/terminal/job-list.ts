// What `list` and `dlq list` print: a table for people, CSV or bare ids for programs.
import type { Job } from '../job/job.js';
import { type JobColumnName, jobCsv, jobTable } from './job-table.js';
import { manyLines, oneLine } from './sanitize.js';
import { screenOf } from './screen.js';

const USUAL: readonly JobColumnName[] = ['id', 'state', 'queue', 'attempt', 'changed', 'reason', 'command'];

interface Format {
  columns?: readonly JobColumnName[];
  csv?: boolean;
  ids?: boolean;
}

export function formatJobs(jobs: readonly Job[], { columns = USUAL, csv, ids }: Format): string {
  if (ids) return jobs.map((job) => oneLine(job.id)).join('\n');
  if (!csv) return jobTable(jobs, columns, Date.now(), screenOf(process.stdout, process.env));
  const text = jobCsv(jobs, columns);
  return process.stdout.isTTY ? manyLines(text) : text;
}
