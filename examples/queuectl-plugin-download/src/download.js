// The handler of type download, as a sequence of steps. What a step has finished is not done again by a later attempt.
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { failure, networkFailure } from './failure.js';
import { fetchPart } from './fetch-part.js';
import { maskedUrl } from './masked-url.js';
import { checkTarget, publish } from './part.js';
import { checkPayload, schema } from './payload.js';
import { openSource, sourceOf } from './source.js';
import { verify } from './verify.js';

/** @typedef {import('./payload.js').DownloadPayload} DownloadPayload */

/** @satisfies {import('queuectl').RunHandler<DownloadPayload>} */
const download = {
  // Hashing takes a whole processor, and a disk that hangs ignores every signal: neither is to bother other jobs.
  isolated: true,
  parse: checkPayload,
  describe: ({ url, to }) => `${maskedUrl(url)} to ${to}`,
  schema,
  defaults: { timeout_sec: 3600, max_retries: 10 },

  async run({ url, to, sha256 }, context) {
    const { signal, job, checkpoint, progress } = context;
    const target = await checkTarget(pathOf(to, job.cwd));
    // The id keeps apart the parts of two jobs that write to one file; the last to finish wins.
    const part = `${target}.${job.id}.part`;
    try {
      /** @type {Response | undefined} */
      let opened;
      // The file as the job saw it first. A part is resumed while the server still has the same.
      const source = await checkpoint('source', async () => {
        await rm(part, { force: true }); // of an older job with this id
        opened = await openSource(url, { signal });
        return sourceOf(opened);
      });
      const verified = await checkpoint('verified', async () => {
        const fetched = await fetchPart({ url, part, source, opened }, context);
        return verify(fetched, sha256, signal);
      });
      await publish(verified.file, target);
      progress(1);
      return { ...verified, file: target };
    } catch (error) {
      throw networkFailure(error, maskedUrl(url));
    }
  },
};

export default download;

/** @param {string} to @param {string | null} cwd */
function pathOf(to, cwd) {
  if (cwd === null && !to.startsWith('/')) {
    throw failure('NoFolder', `${to} is relative, and the job has no folder: give the whole path`, { retry: false });
  }
  return resolve(cwd ?? '/', to);
}
