// Why a job does not run, as a sentence, and below it what would change that.
import type { Why } from '../queue/why.js';
import { oneLine } from './sanitize.js';
import { distance } from './time.js';

export function whyLines({ job, now, sentence, command }: Why): string {
  const due = job.wakeAt === null ? '' : `; due ${distance(job.wakeAt, now)}`;
  const said = oneLine(`job ${job.id} ${sentence}${due}`);
  return command === null ? said : `${said}\n  ${command}`;
}
