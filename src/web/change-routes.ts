// The part of the API that changes something: only with --write, and enqueueing only with --allow-enqueue.
import { Hono } from 'hono';
import { BadInput, Conflict } from '../errors.js';
import { CHANGES, type ChangeKind, changeable } from '../job/change.js';
import { readJson } from '../job/json.js';
import { nearest } from '../job/nearest.js';
import { asObject, checkRequest } from '../job/request.js';
import { bulkDocument, DRY_RUN_SHOWN, dryRunDocument } from '../queue/bulk-document.js';
import type { Change } from '../queue/change.js';
import { undoDocument } from '../queue/document.js';
import { type FilterTexts, isFilter, readFilter } from '../queue/filter.js';
import type { Queue } from '../queue/queue.js';
import { queueChangeDocument } from '../queue/queue-document.js';
import { pauseQueues, resumeQueues } from '../queue/queues.js';
import { readUpdate } from '../queue/update.js';
import { forbidden } from './answers.js';
import type { AppOptions } from './app.js';

interface Asked {
  /** As on the command line: ids, `@`, ranges. */
  jobs?: string[];
  filter?: FilterTexts;
  all?: boolean;
  dry_run?: boolean;
  /** Of an update. */
  to?: Record<string, unknown>;
}

export function changeRoutes(queue: Queue, may: Pick<AppOptions, 'write' | 'enqueue' | 'know'>): Hono {
  const api = new Hono();
  api.post('/jobs', async (c) => {
    if (!may.enqueue) return forbidden(c, '--allow-enqueue');
    const request = checkRequest(readJson(await c.req.text()));
    await may.know([request]);
    const document = await queue.enqueueOne(request);
    return c.json(document, document.existing ? 200 : 201);
  });
  api.use('/changes/*', (c, next) => (may.write ? next() : Promise.resolve(forbidden(c, '--write'))));
  api.use('/queues/:name/*', (c, next) => (may.write ? next() : Promise.resolve(forbidden(c, '--write'))));
  api.post('/changes/undo', async (c) => {
    const { change } = readBody(await c.req.text(), ['change']) as { change?: number };
    if (change !== undefined && !Number.isSafeInteger(change)) throw new BadInput('change takes a whole number');
    const done = await queue.undo(change);
    if (!done) throw new Conflict('there is nothing to undo');
    return c.json(undoDocument(done));
  });
  api.post('/changes/:kind', async (c) => {
    const kind = kindOf(c.req.param('kind'));
    const asked = readAsked(await c.req.text());
    const filter = readFilter(asked.filter ?? {});
    const states = changeable(kind, filter.states);
    const words = asked.jobs ?? [];
    const filtered = isFilter(filter);
    if (words.length === 0 && !filtered && !asked.all) throw new BadInput('which jobs?', ['jobs, filter or all']);
    const change = changeOf(kind, asked);
    const selection = words.length > 0 ? await queue.select(words, filter) : { named: null, filter };
    if (filtered || asked.all) selection.filter = { ...filter, states: filter.states ?? CHANGES[kind].usual ?? states };
    if (!asked.dry_run) return c.json(bulkDocument(await queue.change(selection, change, { from: states })));
    const numbers = selection.named ?? undefined;
    const jobs = await queue.list({ ...selection.filter, numbers }, { limit: DRY_RUN_SHOWN });
    return c.json(dryRunDocument(await queue.count(selection), jobs));
  });
  api.post('/queues/:name/pause', async (c) =>
    c.json(queueChangeDocument('paused', await pauseQueues(queue, [c.req.param('name')]))),
  );
  api.post('/queues/:name/resume', async (c) =>
    c.json(queueChangeDocument('resumed', await resumeQueues(queue, [c.req.param('name')]))),
  );
  return api;
}

function kindOf(text: string): ChangeKind {
  if (Object.hasOwn(CHANGES, text)) return text as ChangeKind;
  const kinds = Object.keys(CHANGES);
  const meant = nearest(text, kinds);
  throw new BadInput(`no such change: ${text.slice(0, 40)}`, [meant ? `did you mean ${meant}?` : kinds.join(', ')]);
}

function changeOf(kind: ChangeKind, { to }: Asked): Change {
  if (kind !== 'update' && to !== undefined) throw new BadInput(`to is of an update, not of a ${kind}`);
  if (kind === 'update') return { kind, to: readUpdate(to ?? {}) };
  return kind === 'cancel' ? { kind, signal: null } : { kind };
}

const FILTER_KEYS = ['state', 'queue', 'type', 'cause', 'since', 'where'];

function readAsked(text: string): Asked {
  const asked = readBody(text, ['jobs', 'filter', 'all', 'dry_run', 'to']) as Asked;
  for (const key of ['filter', 'to'] as const) if (asked[key] !== undefined) asObject(asked[key]);
  if (asked.jobs !== undefined && !isTexts(asked.jobs)) throw new BadInput('jobs takes a list of ids');
  for (const key of ['all', 'dry_run'] as const)
    if (asked[key] !== undefined && typeof asked[key] !== 'boolean') throw new BadInput(`${key} takes true or false`);
  for (const [key, value] of Object.entries(asked.filter ?? {})) {
    checkKey(key, FILTER_KEYS);
    if (key === 'state' ? !isTexts(value) : typeof value !== 'string')
      throw new BadInput(`${key} of a filter takes ${key === 'state' ? 'a list of states' : 'a text'}`);
  }
  return asked;
}

/** @throws BadInput for a key that is not known */
function readBody(text: string, keys: readonly string[]): object {
  const body = asObject(readJson(text));
  for (const key of Object.keys(body)) checkKey(key, keys);
  return body;
}

function checkKey(key: string, keys: readonly string[]): void {
  if (keys.includes(key)) return;
  const meant = nearest(key, keys);
  throw new BadInput(`no such key: ${key.slice(0, 80)}`, [meant ? `did you mean ${meant}?` : keys.join(', ')]);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
