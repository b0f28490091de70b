// Talks to the server: one way to ask, one way to fail.
import type { Session } from './shapes.js';

/** What the server said was wrong, in its own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly suggestions: readonly string[] = [],
  ) {
    super(message);
  }
}

/** @param seen the number of the tick that the answer is to follow; it may have been given to another page, too */
export function get<T>(path: string, seen?: number): Promise<T> {
  return ask<T>(`/api/v1${path}`, seen === undefined ? {} : { headers: { 'last-event-id': String(seen) } });
}

export function post<T>(path: string, body: object): Promise<T> {
  return ask<T>(`/api/v1${path}`, json(body));
}

/** Exchanges the token of the link for a cookie that no script can read, and takes it out of the address. */
export async function beginSession(): Promise<Session> {
  const token = /^#token=([^&]+)/.exec(location.hash)?.[1];
  if (token !== undefined) {
    history.replaceState(null, '', '#/');
    await ask('/session', json({ token }));
  }
  return get<Session>('/session');
}

function json(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  const answer = await fetch(url, init).catch(() => {
    throw new ApiError(0, 'the dashboard does not answer');
  });
  const document = await answer.json().catch(() => undefined);
  if (answer.ok) return document as T;
  const { message = `status ${answer.status}`, suggestions = [] } = document?.error ?? {};
  throw new ApiError(answer.status, message, suggestions);
}
