// Stores the one job that was typed, for the command and for the fast path.
import { fstatSync } from 'node:fs';
import { BadInput } from './errors.js';
import type { CheckedRequest } from './job/request.js';
import { originOf } from './job-types/registry.js';
import { type EnvMode, surroundings } from './process/caller.js';
import { newJobs, store } from './queue/enqueue.js';
import { unservedNote } from './queue/served.js';
import type { Database } from './storage/database.js';
import { TypeOriginStore } from './storage/type-origins.js';

export interface Enqueued {
  /** What `--json` prints. */
  document: { id: string; queue: string };
  /** For people at a terminal. */
  note: string | null;
}

/** @throws BadInput, Conflict */
export async function enqueueOne(database: Database, request: CheckedRequest, mode?: EnvMode): Promise<Enqueued> {
  const [job] = await newJobs([request], caller(mode));
  const { queue, type } = job!;
  const [id] = await store(database, [job!]);
  await noteOrigin(database, type);
  const note = aPersonReads() ? await unservedNote(database, queue, type) : null;
  return { document: { id: id!, queue }, note };
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
