// The payload of type download, and what is refused when a job is enqueued.
import { basicAuthorization } from './source.js';

/**
 * @typedef {object} DownloadPayload
 * @property {string} url
 * @property {string} to
 * @property {string} [sha256]
 */

/** @type {import('queuectl').PayloadSchema} */
export const schema = {
  required: ['url'],
  properties: {
    url: { type: 'string', description: 'http or https' },
    to: { type: 'string', description: "the file, absolute or from the job's folder; else the last word of the URL" },
    sha256: { type: 'string', description: '64 hexadecimal digits that the file must have' },
  },
};

/**
 * @param {unknown} input
 * @returns {DownloadPayload}
 */
export function checkPayload(input) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new Error('a download payload is an object, such as {"url":"https://example.com/file.iso"}');
  }
  const { url, to, sha256, ...others } = Object(input);
  const other = Object.keys(others)[0];
  if (other !== undefined) {
    throw new Error(`a download payload has no key "${other}"; it has ${Object.keys(schema.properties).join(', ')}`);
  }
  const address = checkUrl(url);
  const file = to ?? nameIn(address);
  if (typeof file !== 'string' || file === '' || file.endsWith('/') || file.includes('\0')) {
    throw new Error('to takes the path of a file');
  }
  if (sha256 === undefined) return { url: address, to: file };
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new Error('sha256 takes 64 hexadecimal digits');
  }
  return { url: address, to: file, sha256: sha256.toLowerCase() };
}

/** @param {unknown} url */
function checkUrl(url) {
  if (url === undefined) throw new Error('url is missing');
  // The parser would drop line breaks without a word.
  if (typeof url !== 'string' || /[\x00-\x20\x7f]/.test(url) || !URL.canParse(url)) {
    throw new Error('url takes a complete address, such as https://example.com/file.iso');
  }
  const { protocol } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new Error(`url takes http or https, not ${protocol.slice(0, -1)}`);
  }
  basicAuthorization(new URL(url)); // throws at a % that stands for nothing
  return url;
}

/** The name must not lead out of the folder. @param {string} url */
function nameIn(url) {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  let name = '';
  try {
    name = decodeURIComponent(last);
  } catch {
    // a % that stands for nothing
  }
  if (/^\.{0,2}$|[/\\\x00-\x1f\x7f]/.test(name))
    throw new Error('the URL ends with no name for a file: say where with to');
  return name;
}
