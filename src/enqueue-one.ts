// Stores the one job that was typed, for the command and for the fast path.
import { fstatSync } from 'node:fs';
import { BadInput } from './errors.js';
import type { CheckedRequest } from './job/request.js';
import { type EnvMode, surroundings } from './process/caller.js';
import { type EnqueuedDocument, enqueuedDocument, storeOne } from './queue/enqueue.js';
import { unservedNote } from './queue/served.js';
import type { Database } from './storage/database.js';
import type { Met } from './storage/intake.js';

export interface Enqueued {
  document: EnqueuedDocument;
  /** What became of a job that was there already; else, for people at a terminal, that nobody serves the queue. */
  note: string | null;
}

interface How {
  mode?: EnvMode;
  /** Whoever waits for the job is told by then that nobody serves it. */
  waits?: boolean;
}

/** @throws BadInput, Conflict */
export async function enqueueOne(
  database: Database,
  request: CheckedRequest,
  { mode, waits = false }: How = {},
): Promise<Enqueued> {
  const stored = await storeOne(database, request, caller(mode));
  const document = enqueuedDocument(stored);
  const { id, queue, met } = stored;
  if (met) return { document, note: metNote(id, met) };
  return { document, note: !waits && aPersonReads() ? await unservedNote(database, queue, request.type) : null };
}

function metNote(id: string, { how, by, state }: Met): string {
  if (how === 'replaced') return `job ${id} (${state}) was replaced`;
  return by === 'key' ? `job ${id} has this key already (${state})` : `job ${id} is there already (${state})`;
}

/** node:tty brings half of Node's streams with it (15 ms), so it is asked only about what may be a terminal. */
export function aPersonReads(): boolean {
  // Not by import(): code that V8 had compiled before has none (bin/compiled.js).
  return fstatSync(2).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(2);
}

/** @throws BadInput */
export function caller(mode?: EnvMode) {
  try {
    return surroundings(process.env, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new BadInput('the current folder is gone, and jobs run where they were enqueued', ['cd to another folder']);
  }
}
