// From a payload to what fetch takes. Secrets are looked up here, as late as can be.
import { failure } from './failure.js';
import { isHeaderValue } from './headers.js';

/**
 * @param {import('./payload.js').HttpPayload} payload
 * @param {Readonly<Record<string, string>>} env the job's variables; the worker's come second
 * @param {AbortSignal} signal
 * @returns {[URL, RequestInit]}
 */
export function requestOf({ method, url: text, headers: given, headers_from_env, body, json }, env, signal) {
  const url = new URL(text);
  const headers = new Headers(given);
  for (const [name, variable] of Object.entries(headers_from_env ?? {})) {
    headers.set(name, headerValue(variable, env[variable] ?? process.env[variable]));
  }
  const authorization = basicAuthorization(url);
  if (authorization && !headers.has('authorization')) headers.set('authorization', authorization);
  url.username = ''; // fetch refuses a URL with a user in it
  url.password = '';
  if (json === undefined) return [url, { method, headers, body, signal }];
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return [url, { method, headers, body: JSON.stringify(json), signal }];
}

/** @param {string} variable @param {string | undefined} value */
function headerValue(variable, value) {
  if (!value) throw failure('MissingVariable', `the variable ${variable} is not set`, { retry: false });
  const text = value.trim();
  if (isHeaderValue(text)) return text;
  // fetch would quote it in its refusal.
  throw failure('BadVariable', `the variable ${variable} holds what no header can have`, { retry: false });
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
