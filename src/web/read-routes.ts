// The part of the API that reads: the documents are those of --json.
import { Hono } from 'hono';
import { BadInput } from '../errors.js';
import { parseDuration } from '../job/units.js';
import {
  causesDocument,
  detailsDocument,
  jobDocument,
  metricsDocument,
  outputDocument,
  overviewDocument,
  waitDocument,
  whyDocument,
  workerDocument,
} from '../queue/document.js';
import type { Queue } from '../queue/queue.js';
import { queueDocument } from '../queue/queue-document.js';
import { viewQueues } from '../queue/queues.js';
import { readSeries } from '../queue/series.js';
import { waitFor } from '../queue/wait.js';
import { why } from '../queue/why.js';
import type { AppOptions } from './app.js';
import { checked, flagOf, numberOf, readQuery } from './query.js';
import type { SharedAnswers } from './shared-answers.js';

const LONGEST_WAIT_MS = 60_000;

type ReadOptions = Pick<AppOptions, 'write' | 'enqueue' | 'know'>;

/** What views show, and ask for again with each tick. */
const SHOWN = ['/series', '/causes', '/jobs', '/jobs/:id', '/jobs/:id/why'];

export function readRoutes(queue: Queue, { write, enqueue, know }: ReadOptions, { share }: SharedAnswers): Hono {
  const api = new Hono();
  for (const path of SHOWN) api.use(path, share);
  api.get('/session', (c) => c.json({ write, enqueue }));
  api.get('/overview', async (c) => c.json(overviewDocument(await queue.overview())));
  api.get('/metrics', async (c) => c.json(metricsDocument(await queue.metrics())));
  api.get('/series', async (c) => {
    const { minutes, queue: name } = checked(c.req.query(), ['minutes', 'queue']);
    return c.json(await readSeries(queue, minutesOf(minutes), name));
  });
  api.get('/queues', async (c) => c.json({ queues: (await viewQueues(queue)).queues.map(queueDocument) }));
  api.get('/workers', async (c) => c.json({ workers: (await queue.workerViews()).map(workerDocument) }));
  api.get('/causes', async (c) => {
    const { queue: name } = checked(c.req.query(), ['queue']);
    return c.json(causesDocument(await queue.deadByCause(name)));
  });
  api.get('/jobs', async (c) => {
    const { filter, page } = readQuery(c.req.query());
    const found = await queue.list(filter, { ...page, limit: page.limit + 1 });
    const jobs = found.slice(0, page.limit);
    await know(jobs);
    return c.json({ jobs: jobs.map(jobDocument), more: found.length > jobs.length });
  });
  api.get('/jobs/:id', async (c) => {
    const details = await queue.details(c.req.param('id'));
    await know([details.job]);
    return c.json(detailsDocument(details));
  });
  api.get('/jobs/:id/why', async (c) => c.json(whyDocument(await why(queue, c.req.param('id')))));
  api.get('/jobs/:id/output', async (c) => {
    const query = checked(c.req.query(), ['attempt', 'tail', 'stderr']);
    const [attempt, lines] = [numberOf(query, 'attempt') ?? null, numberOf(query, 'tail') ?? null];
    const part = { stream: flagOf(query, 'stderr') ? 2 : 1, lines } as const;
    const id = c.req.param('id');
    const output = await queue.output(id, attempt, part);
    if (!output && attempt !== null) throw new BadInput(`job ${id} has no attempt ${attempt}`);
    return c.json(await outputDocument(id, output));
  });
  api.get('/jobs/:id/wait', async (c) => {
    const withinMs = Math.min(
      LONGEST_WAIT_MS,
      parseDuration(checked(c.req.query(), ['timeout']).timeout ?? '30', 'timeout'),
    );
    const { signal } = c.req.raw; // of a client that has gone
    const waited = await waitFor(queue, [c.req.param('id')], { withinMs, signal });
    return c.json(waitDocument(waited, await queue.results(waited.jobs)));
  });
  return api;
}

function minutesOf(text = '60'): number {
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 31 * 24 * 60) return minutes;
  throw new BadInput('minutes takes a whole number from 1 to 44640, a month');
}
