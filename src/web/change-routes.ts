// The part of the API that changes something: only with --write, and enqueueing only with --allow-enqueue.
import { Hono } from 'hono';
import { BadInput } from '../errors.js';
import { CHANGES, type ChangeKind } from '../job/change.js';
import { readJson } from '../job/json.js';
import { nearest } from '../job/nearest.js';
import { asObject, checkRequest } from '../job/request.js';
import { bulkDocument } from '../queue/bulk-document.js';
import { undoDocument } from '../queue/document.js';
import { type FilterTexts, isFilter, readFilter } from '../queue/filter.js';
import type { Queue } from '../queue/queue.js';
import { pauseQueues, resumeQueues } from '../queue/queues.js';
import { readUpdate } from '../queue/update.js';
import { forbidden } from './answers.js';

interface Asked {
  /** As on the command line: ids, `@`, ranges. */
  jobs?: string[];
  filter?: FilterTexts;
  all?: boolean;
  dry_run?: boolean;
  /** Of an update. */
  to?: Record<string, unknown>;
}

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
    const { change } = asObject(readJson(await c.req.text())) as { change?: number };
    if (change !== undefined && !Number.isSafeInteger(change)) throw new BadInput('change takes a number');
    const done = await queue.undo(change);
    if (!done) throw new BadInput('there is nothing to undo');
    return c.json(undoDocument(done));
  });
  api.post('/changes/:kind', async (c) => {
    const kind = kindOf(c.req.param('kind'));
    const asked = asObject(readJson(await c.req.text())) as Asked;
    const from = CHANGES[kind].from;
    const filter = readFilter(asked.filter ?? {});
    const words = asked.jobs ?? [];
    if (words.length === 0 && !isFilter(filter) && !asked.all)
      throw new BadInput('which jobs?', ['jobs, filter or all']);
    const selection = words.length > 0 ? await queue.select(words, filter) : { named: null, filter };
    if (selection.named === null || isFilter(filter)) selection.filter = { ...filter, states: filter.states ?? from };
    if (asked.dry_run) return c.json({ dry_run: true, changed: await queue.count(selection) });
    const change =
      kind === 'update'
        ? ({ kind, to: readUpdate(asked.to ?? {}) } as const)
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
