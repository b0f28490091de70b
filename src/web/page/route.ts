// Which view is open: the part of the address behind the #, so that links and the back button work.
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  /** Such as `jobs` or `job`. */
  view: string;
  id: string;
  query: URLSearchParams;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    changed(); // it may have changed since it was drawn
    return () => removeEventListener('hashchange', changed);
  }, []);
  return readRoute(hash);
}

export function readRoute(hash: string): Route {
  const [, path = '', query = ''] = /^#?\/?([^?]*)\??(.*)$/s.exec(hash)!;
  const [view = '', id] = path.split('/', 2);
  const params = new URLSearchParams(query);
  return id === undefined
    ? { view: view || 'overview', id: '', query: params }
    : { view: 'job', id: decoded(id), query: params };
}

/** Somebody may have typed it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param query without what is empty */
export function linkTo(view: string, query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return `#/${view}${text ? `?${text}` : ''}`;
}

export function linkToJob(id: string): string {
  return `#/jobs/${encodeURIComponent(id)}`;
}

export function go(link: string): void {
  location.hash = link;
}
