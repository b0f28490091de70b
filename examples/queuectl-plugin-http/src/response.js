// What is kept of an answer.

const SHOWN = ['content-type', 'etag', 'last-modified', 'location'];
const DAY_MS = 86_400_000;

/** @param {Headers} headers */
export function shownHeaders(headers) {
  return Object.fromEntries(SHOWN.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)]] : [])));
}

/**
 * Reads no further than the cap. What is not text is kept as base64.
 * @param {Response} response
 * @param {number} most bytes
 * @returns {Promise<{ body?: string, body_base64?: string, truncated?: true }>}
 */
export async function keepBody(response, most) {
  /** @type {Uint8Array[]} */
  const chunks = [];
  let left = most;
  let truncated = false;
  // Leaving the loop early ends the transfer.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk.subarray(0, left));
    truncated = chunk.length > left;
    left -= chunk.length;
    if (truncated) break;
  }
  const bytes = Buffer.concat(chunks);
  const text = textOf(bytes, response.headers.get('content-type') ?? '', truncated);
  return {
    ...(text === undefined ? { body_base64: bytes.toString('base64') } : { body: text }),
    ...(truncated ? { truncated: true } : {}),
  };
}

/**
 * @param {Uint8Array} bytes
 * @param {string} contentType
 * @param {boolean} truncated the last character may be cut in two, and is left out then
 */
function textOf(bytes, contentType, truncated) {
  const charset = /charset="?([^\s;"]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes, { stream: truncated });
  } catch {
    return undefined;
  }
}

/** Seconds or a date, as ms from now; a day at most, as servers do err. @param {Headers} headers */
export function retryAfterMs(headers) {
  const said = headers.get('retry-after')?.trim() ?? '';
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), DAY_MS);
}
