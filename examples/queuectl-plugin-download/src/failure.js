// Errors as queuectl reads them: the name becomes the job's cause, `retry: false` ends it, `retryAfter` (ms) delays it.

/**
 * @param {string} name
 * @param {string} sentence
 * @param {{ retry?: boolean, retryAfter?: number }} [wishes]
 * @returns {import('queuectl').JobError}
 */
export function failure(name, sentence, wishes = {}) {
  const error = Object.assign(new Error(sentence), { name, ...wishes });
  error.stack = `${name}: ${sentence}`; // goes into the output, where our own lines are of no use
  return error;
}

/**
 * fetch hides the reason behind "fetch failed": the system's code is the better name. All of these are tried again.
 * @param {unknown} thrown
 * @param {string} url as it may be shown
 */
export function networkFailure(thrown, url) {
  if (!(thrown instanceof TypeError)) return thrown;
  const cause = /** @type {NodeJS.ErrnoException | undefined} */ (thrown.cause);
  const reason = cause?.message || cause?.code || thrown.message;
  return failure(cause?.code ?? 'FetchFailed', `${url} cannot be fetched: ${reason}`);
}
