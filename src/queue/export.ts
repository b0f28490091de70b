// A queue as lines of JSON, for `import` to make another one of.
import { randomUUID } from 'node:crypto';
import { masked } from '../job/secret.js';
import { program } from '../program.js';
import { ExportStore } from '../storage/export-rows.js';
import type { JobFilter } from '../storage/jobs.js';
import type { MovedJob } from '../storage/moved.js';
import { FORMAT, type Header, type JobLine, type Line } from './moved-line.js';
import type { Queue } from './queue.js';

export interface ExportOptions extends Pick<JobFilter, 'states' | 'queue'> {
  /** Values of secret variables are told as they are. */
  withSecrets: boolean;
}

/** What there is to say about lines that were written. */
export interface Exported {
  jobs: number;
  /** So many have variables whose values are masked. */
  masked: number;
  /** So many were running; `import` lets them run again. */
  running: number;
  /** So many outputs were too long to be stored whole: the rest of them stays in files. */
  long: number;
}

const TOLD_EVERY = 500;

/**
 * @param told is kept current while the lines are read
 * @param onProgress called now and then
 */
export async function* exportLines(
  queue: Queue,
  options: ExportOptions,
  told: Exported,
  onProgress: () => void = () => {},
): AsyncGenerator<Line> {
  const store = new ExportStore(queue.database);
  const exportedAt = await queue.database.present();
  const about = { id: randomUUID(), program: program().version, exported_at: exportedAt };
  yield { queuectl_export: FORMAT, ...about, with_secrets: options.withSecrets } satisfies Header;
  for (const setting of await store.settings()) yield { setting };
  for (const one of await store.queues()) {
    if (options.queue === undefined || options.queue === one.name) yield { queue: one };
  }
  for await (const job of store.jobs(options)) {
    const line: JobLine = options.withSecrets ? { job } : withoutSecrets(job);
    told.jobs += 1;
    if (line.masked) told.masked += 1;
    if (job.state === 'processing') told.running += 1;
    told.long += job.attempts.flatMap(({ outputs }) => outputs).filter(({ cut_bytes }) => cut_bytes > 0).length;
    if (told.jobs % TOLD_EVERY === 0) onProgress();
    yield line;
  }
  yield { end: { jobs: told.jobs } };
}

function withoutSecrets(job: MovedJob): JobLine {
  const names: string[] = [];
  const hide = (env: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(env).map(([name, value]) => {
        const shown = masked(name, value);
        if (shown !== value) names.push(name);
        return [name, shown];
      }),
    );
  const context = job.context && { ...job.context, env: hide(job.context.env) };
  const env = job.env && hide(job.env);
  return names.length === 0 ? { job } : { masked: names, job: { ...job, context, env } };
}
