// The part of the API that changes something: only with --write, and enqueueing only with --allow-enqueue.
import { Hono } from 'hono';
import { BadInput, Conflict } from '../errors.js';
import { CHANGES, type ChangeKind } from '../job/change.js';
import { readJson } from '../job/json.js';
import { nearest } from '../job/nearest.js';
import { checkRequest } from '../job/request.js';
import { bulkDocument } from '../queue/bulk-document.js';
import { undoDocument } from '../queue/document.js';
import { isFilter, readFilter } from '../queue/filter.js';
import type { Queue } from '../queue/queue.js';
import { pauseQueues, resumeQueues } from '../queue/queues.js';
import { readUpdate } from '../queue/update.js';
import { forbidden } from './answers.js';
import { readAsked, readBody } from './asked.js';

export function changeRoutes(queue: Queue, may: { write: boolean; enqueue: boolean }): Hono {
  const api = new Hono();
  api.post('/jobs', async (c) => {
    if (!may.enqueue) return forbidden(c, '--allow-enqueue');
    const [id] = await queue.enqueue([checkRequest(readJson(await c.req.text()))]);
    return c.json({ id, queue: (await queue.job(id!)).queue }, 201);
  });
  api.use('/changes/*', (c, next) => (may.write ? next() : Promise.resolve(forbidden(c, '--write'))));
  api.use('/queues/:name/*', (c, next) => (may.write ? next() : Promise.resolve(forbidden(c, '--write'))));
  api.post('/changes/undo', async (c) => {
    const { change } = readBody(await c.req.text());
    if (change !== undefined && !Number.isSafeInteger(change)) throw new BadInput('change takes a number');
    const done = await queue.undo(change as number | undefined);
    if (!done) throw new Conflict('there is nothing to undo');
    return c.json(undoDocument(done));
  });
  api.post('/changes/:kind', async (c) => {
    const kind = kindOf(c.req.param('kind'));
    const asked = readAsked(await c.req.text());
    const { from, usual = from } = CHANGES[kind];
    const filter = readFilter(asked.filter);
    const words = asked.jobs;
    if (words.length === 0 && !isFilter(filter) && !asked.all)
      throw new BadInput('which jobs?', ['jobs, filter or all']);
    const selection = words.length > 0 ? await queue.select(words, filter) : { named: null, filter };
    if (selection.named === null || isFilter(filter)) selection.filter = { ...filter, states: filter.states ?? usual };
    if (asked.dryRun) {
      const count = await queue.count({ ...selection, filter: { states: from, ...selection.filter } });
      return c.json({ dry_run: true, changed: count });
    }
    const change =
      kind === 'update'
        ? ({ kind, to: readUpdate(asked.to) } as const)
        : kind === 'cancel'
          ? ({ kind, signal: null } as const)
          : { kind };
    return c.json(bulkDocument(await queue.change(selection, change)));
  });
  api.post('/queues/:name/pause', async (c) => c.json(await pauseQueues(queue, [c.req.param('name')])));
  api.post('/queues/:name/resume', async (c) => c.json(await resumeQueues(queue, [c.req.param('name')])));
  return api;
}

function kindOf(text: string): ChangeKind {
  if (Object.hasOwn(CHANGES, text)) return text as ChangeKind;
  const kinds = Object.keys(CHANGES);
  const meant = nearest(text, kinds);
  throw new BadInput(`no such change: ${text.slice(0, 40)}`, [meant ? `did you mean ${meant}?` : kinds.join(', ')]);
}
