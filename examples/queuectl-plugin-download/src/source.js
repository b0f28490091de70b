// The file at the server: asking for it, or for its rest, and what is known about it.
import { failure } from './failure.js';
import { maskedUrl } from './masked-url.js';

/**
 * @typedef {object} Source
 * @property {number | null} bytes of the whole file
 * @property {string | null} validator tells versions of the file apart; null when the server gives none that can be trusted
 */

const PASSING = [408, 425, 429];
const DAY_MS = 86_400_000;

/**
 * @param {string} address
 * @param {{ signal: AbortSignal, from?: number, validator?: string | null }} options
 * @returns {Promise<Response>} whose body is to be read
 */
export async function openSource(address, { signal, from = 0, validator = null }) {
  const url = new URL(address);
  const headers = new Headers({ 'accept-encoding': 'identity' }); // bytes are counted as the file has them
  const authorization = basicAuthorization(url);
  if (authorization) headers.set('authorization', authorization);
  if (from > 0 && validator !== null) {
    headers.set('range', `bytes=${from}-`);
    headers.set('if-range', validator); // a file that has changed comes whole
  }
  url.username = ''; // fetch refuses a URL with a user in it
  url.password = '';
  const response = await fetch(url, { headers, signal });
  const { status, statusText } = response;
  if (status === 200 || status === 206) return response;
  await response.body?.cancel();
  throw failure(`Http${status}`, `${maskedUrl(address)} was answered with ${status} ${statusText}`.trim(), {
    retry: PASSING.includes(status) || status >= 500,
    retryAfter: retryAfterMs(response.headers.get('retry-after')),
  });
}

/** @param {Response} response @returns {Source} */
export function sourceOf({ status, headers }) {
  // Encoded in spite of our request: what is announced is not what is written.
  if (!['identity', null].includes(headers.get('content-encoding'))) return { bytes: null, validator: null };
  const total = status === 206 ? rangeOf(headers)?.total : headers.get('content-length');
  const etag = headers.get('etag');
  // A weak ETag does not promise the same bytes.
  const validator = etag && !etag.startsWith('W/') ? etag : headers.get('last-modified');
  return { bytes: total && /^\d+$/.test(total) ? Number(total) : null, validator };
}

/** Whether it is what follows after `had` bytes, and not the whole. @param {Response} response @param {number} had */
export function answersRest({ status, headers }, had) {
  if (status !== 206) return false;
  const begin = rangeOf(headers)?.begin;
  if (had > 0 && begin === had) return true;
  throw failure('WrongRange', `the server sent bytes from ${begin ?? 'an unknown place'}, and not from ${had}`);
}

/** @param {Headers} headers */
function rangeOf(headers) {
  const found = /^bytes (\d+)-\d+\/(\d+|\*)$/i.exec(headers.get('content-range') ?? '');
  return found ? { begin: Number(found[1]), total: found[2] } : undefined;
}

/** @param {URL} url */
export function basicAuthorization({ username, password }) {
  if (!username && !password) return undefined;
  try {
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(user).toString('base64')}`;
  } catch {
    throw new Error('url: the user or password has a % that stands for no character; write it as %25');
  }
}

/** Seconds or a date, as ms from now; a day at most, as servers do err. @param {string | null} said */
function retryAfterMs(said) {
  if (said === null) return undefined;
  const ms = /^\d+$/.test(said) ? Number(said) * 1000 : Date.parse(said) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), DAY_MS);
}
