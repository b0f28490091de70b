// Brings the part to its full length: by its rest where that is possible, else from the beginning.
import { rm } from 'node:fs/promises';
import { sizeOf, writePart } from './part.js';
import { answersRest, openSource, sourceOf } from './source.js';

/**
 * @typedef {object} FetchedPart
 * @property {string} file
 * @property {number | null} size that it should have; null when the server did not say
 * @property {boolean} resumed whether some of it is from an earlier attempt
 */

/**
 * @param {object} wanted
 * @param {string} wanted.url
 * @param {string} wanted.part
 * @param {import('./source.js').Source} wanted.source as the job saw it first
 * @param {Response | undefined} wanted.opened the answer from which that was learnt, in the job's first attempt
 * @param {import('queuectl').JobContext} context
 * @returns {Promise<FetchedPart>}
 */
export async function fetchPart({ url, part, source, opened }, { signal, log, progress }) {
  const had = opened ? 0 : await usableBytes(part, source);
  if (had > 0 && had === source.bytes) {
    log(`all ${had} bytes are here`);
    return { file: part, size: had, resumed: true };
  }
  const response = opened ?? (await openSource(url, { signal, from: had, validator: source.validator }));
  const resumed = answersRest(response, had);
  const now = sourceOf(response);
  const size = now.bytes ?? (resumed ? source.bytes : null);
  // Another version than the checkpoint names is begun anew by each attempt: nothing would tell whose its beginning is.
  const changed = `${part}.new`;
  const isSame = resumed || now.validator === source.validator;
  await rm(isSame ? changed : part, { force: true });
  const file = isSame ? part : changed;
  log(`${resumed ? `resuming after ${had} of` : 'fetching'} ${size ?? 'an unknown number of'} bytes`);
  await writePart(response, { file, begin: resumed ? had : 0, size, progress });
  return { file, size, resumed };
}

/** @param {string} part @param {import('./source.js').Source} source */
async function usableBytes(part, { bytes, validator }) {
  const size = await sizeOf(part);
  return validator === null || (bytes !== null && size > bytes) ? 0 : size;
}
