// The handler of type http: sends one request, and tells by the answer's status whether to try again.
import { failure, networkFailure } from './failure.js';
import { maskedUrl } from './masked-url.js';
import { checkPayload, schema } from './payload.js';
import { requestOf } from './request.js';
import { keepBody, retryAfterMs, shownHeaders } from './response.js';
import { includesStatus } from './statuses.js';

/** @typedef {import('./payload.js').HttpPayload} HttpPayload */

/** @satisfies {import('queuectl').RunHandler<HttpPayload>} */
const http = {
  parse: checkPayload,
  describe: ({ method, url }) => `${method} ${maskedUrl(url)}`,
  schema,
  defaults: { timeout_sec: 60 },

  async run(payload, context) {
    const request = http.describe(payload);
    const started = performance.now();
    try {
      const response = await fetch(...requestOf(payload, context.job.env, context.signal));
      const body = await keepBody(response, payload.max_body);
      const { status, statusText, headers } = response;
      context.log(`${request}: ${status} ${statusText} after ${Math.round(performance.now() - started)} ms`);
      if (includesStatus(payload.expect, status)) return { status, headers: shownHeaders(headers), ...body };
      const sentence = [`${request} was answered with ${status} ${statusText}`.trim(), excerpt(body.body)];
      throw failure(`Http${status}`, sentence.filter(Boolean).join(': '), {
        retry: includesStatus(payload.retry_on, status),
        retryAfter: retryAfterMs(headers),
      });
    } catch (error) {
      throw networkFailure(error, request);
    }
  },
};

export default http;

/** What a server says about its refusal is worth a line. @param {string | undefined} text */
function excerpt(text) {
  return text?.slice(0, 200).replace(/\s+/g, ' ').trim();
}
