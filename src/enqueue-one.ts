// Stores the one job that was typed, for the command and for the fast path.
import { fstatSync } from 'node:fs';
import { BadInput } from './errors.js';
import type { CheckedRequest } from './job/request.js';
import { originOf } from './job-types/registry.js';
import { type EnvMode, surroundings } from './process/caller.js';
import { newJobs, store } from './queue/enqueue.js';
import { unservedNote } from './queue/served.js';
import type { Database } from './storage/database.js';
import type { Met } from './storage/intake.js';
import { TypeOriginStore } from './storage/type-origins.js';

export interface Enqueued {
  /** What `--json` prints. */
  document: { id: string; queue: string; existing?: true; replaced?: true };
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
  const [job] = await newJobs([request], caller(mode));
  const { type } = job!;
  const [stored] = await store(database, [job!]);
  const { id, queue } = stored!;
  await noteOrigin(database, type);
  const { met } = stored!;
  if (met?.how === 'found') return { document: { id, queue, existing: true }, note: foundNote(id, met) };
  if (met) return { document: { id, queue, replaced: true }, note: `job ${id} (${met.state}) was replaced` };
  const note = !waits && aPersonReads() ? await unservedNote(database, queue, type) : null;
  return { document: { id, queue }, note };
}

function foundNote(id: string, { by, state }: Met): string {
  return by === 'key' ? `job ${id} has this key already (${state})` : `job ${id} is there already (${state})`;
}

/** Which plugin knows the type, for those who do not. */
export async function noteOrigin(database: Database, type: string): Promise<void> {
  const { plugin, version, kind } = originOf(type);
  if (kind !== 'core') await new TypeOriginStore(database).note([{ name: type, plugin, version }]);
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
