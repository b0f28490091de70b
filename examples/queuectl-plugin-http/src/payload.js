// The payload of type http: its fields, and what is refused when a job is enqueued.
import { checkHeaders } from './headers.js';
import { basicAuthorization } from './request.js';
import { checkStatuses } from './statuses.js';

/**
 * @typedef {object} HttpPayload
 * @property {string} method
 * @property {string} url
 * @property {Record<string, string>} [headers]
 * @property {Record<string, string>} [headers_from_env]
 * @property {string} [body]
 * @property {unknown} [json]
 * @property {import('./statuses.js').Status[]} expect
 * @property {import('./statuses.js').Status[]} retry_on
 * @property {number} max_body bytes
 */

/** A result may be 1 MB of JSON, which writes a byte as up to six. */
const LARGEST_BODY = 131_072;
const EXPECT = ['2xx'];
const RETRY_ON = [408, 425, 429, '5xx'];

/** @type {import('queuectl').PayloadSchema} */
export const schema = {
  required: ['url'],
  properties: {
    url: { type: 'string', description: 'http or https' },
    method: { type: 'string', description: 'GET, or POST when there is a body' },
    headers: { type: 'object', description: 'names and values; stored with the job' },
    headers_from_env: { type: 'object', description: 'names, and the variables that hold the values' },
    body: { type: 'string', description: 'text to send' },
    json: { description: 'any value to send as JSON, instead of body' },
    expect: { description: 'status codes that count as success: 200,204 or 2xx', default: EXPECT },
    retry_on: { description: 'status codes after which it is tried again', default: RETRY_ON },
    max_body: { type: 'integer', description: 'bytes of the answer that are kept', default: 65_536 },
  },
};

/**
 * @param {unknown} input
 * @returns {HttpPayload}
 */
export function checkPayload(input) {
  const { url, method, headers, headers_from_env, body, json, expect, retry_on, max_body, ...others } = fieldsOf(input);
  const other = Object.keys(others)[0];
  if (other !== undefined) {
    throw new Error(`an http payload has no key "${other}"; it has ${Object.keys(schema.properties).join(', ')}`);
  }
  if (body !== undefined && typeof body !== 'string') throw new Error('body takes text; other values go into json');
  if (body !== undefined && json !== undefined) throw new Error('body and json exclude each other');
  const hasBody = body !== undefined || json !== undefined;
  return {
    method: checkMethod(method ?? (hasBody ? 'POST' : 'GET'), hasBody),
    url: checkUrl(url),
    ...(headers === undefined ? {} : { headers: checkHeaders('headers', headers) }),
    ...(headers_from_env === undefined ? {} : { headers_from_env: checkHeaders('headers_from_env', headers_from_env) }),
    ...(body === undefined ? {} : { body }),
    ...(json === undefined ? {} : { json }),
    expect: checkStatuses('expect', expect ?? EXPECT),
    retry_on: checkStatuses('retry_on', retry_on ?? RETRY_ON),
    max_body: checkSize(max_body ?? 65_536),
  };
}

/** @param {unknown} input @returns {Record<string, unknown>} */
function fieldsOf(input) {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return { ...input };
  throw new Error('an http payload is an object, such as {"url":"https://example.com/"}');
}

/** @param {unknown} url */
function checkUrl(url) {
  if (url === undefined) throw new Error('url is missing');
  // The parser would drop line breaks without a word.
  if (typeof url !== 'string' || /[\x00-\x20\x7f]/.test(url) || !URL.canParse(url)) {
    throw new Error('url takes a complete address, such as https://example.com/');
  }
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new Error(`url takes http or https, not ${protocol.slice(0, -1)}`);
  }
  basicAuthorization(new URL(url)); // throws at a % that stands for nothing
  return url;
}

/** @param {unknown} method @param {boolean} hasBody */
function checkMethod(method, hasBody) {
  if (typeof method !== 'string' || !/^[a-z!#$%&'*+.^_`|~-]{1,32}$/i.test(method)) {
    throw new Error(`method takes a word such as GET or POST, not ${JSON.stringify(method)}`);
  }
  const name = method.toUpperCase();
  if (['CONNECT', 'TRACE', 'TRACK'].includes(name)) throw new Error(`method cannot be ${name}`);
  if (hasBody && (name === 'GET' || name === 'HEAD')) throw new Error(`${name} cannot send a body`);
  return name;
}

/** @param {unknown} size */
function checkSize(size) {
  const bytes = Number(size);
  if (Number.isInteger(bytes) && bytes >= 0 && bytes <= LARGEST_BODY) return bytes;
  throw new Error(`max_body takes a whole number of bytes from 0 to ${LARGEST_BODY}`);
}
