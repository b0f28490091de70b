// Headers that a job may set. A line break in one would let it write requests of its own.

const NAME = /^[\w!#$%&'*+.^`|~-]{1,128}$/;

/** The connection is fetch's own. */
const NOT_OURS = [
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * @param {'headers' | 'headers_from_env'} key
 * @param {unknown} value
 * @returns {Record<string, string>}
 */
export function checkHeaders(key, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${key} takes an object of names and texts`);
  }
  for (const [name, text] of Object.entries(value)) {
    if (!NAME.test(name)) throw new Error(`${key}: not a usable name of a header: ${JSON.stringify(name)}`);
    if (NOT_OURS.includes(name.toLowerCase())) throw new Error(`${key}: ${name} cannot be set`);
    // The value may be a secret: it is not repeated.
    if (typeof text !== 'string') throw new Error(`${key}.${name} takes text`);
    if (!isHeaderValue(text)) {
      throw new Error(`${key}.${name} holds a line break, or another character that no header can have`);
    }
    if (key === 'headers_from_env' && !/^[A-Z_]\w*$/i.test(text)) {
      throw new Error(`${key}.${name} takes the name of a variable`);
    }
  }
  return { ...value };
}

/** @param {string} text */
export function isHeaderValue(text) {
  return !/[^\t\x20-\x7e\x80-\xff]/.test(text);
}
