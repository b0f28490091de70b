// Paging through jobs: by number from where a page ends, which stays quick for millions; by any other order so many further.
import type { Job } from './shapes.js';

export const PAGE = 50;

/** @param query of the address. @returns that of the API, and whether its answer is the other way round */
export function pageQuery(query: URLSearchParams): { path: string; turned: boolean } {
  const asked = new URLSearchParams(query);
  const descending = query.get('reverse') !== 'false';
  // The page before this one begins at its end.
  const turned = byNumber(query) && query.has(descending ? 'after' : 'before');
  asked.set('reverse', String(descending !== turned));
  asked.set('limit', String(PAGE));
  return { path: `/jobs?${asked}`, turned };
}

/** @returns the addresses' queries of the pages beside; undefined where there is none */
export function neighbours(query: URLSearchParams, jobs: readonly Job[], more: boolean) {
  const given = Object.fromEntries(query);
  const { after, before, offset, ...rest } = given;
  const [first, last] = [jobs[0], jobs.at(-1)];
  if (!byNumber(query)) {
    const at = Number(offset ?? 0);
    const previous = at > 0 ? { ...rest, offset: at > PAGE ? String(at - PAGE) : '' } : undefined;
    return { previous, next: more ? { ...rest, offset: String(at + PAGE) } : undefined };
  }
  const descending = query.get('reverse') !== 'false';
  const [forth, back] = descending ? (['before', 'after'] as const) : (['after', 'before'] as const);
  const cameBack = query.has(back);
  const hasNext = cameBack || more;
  const hasPrevious = cameBack ? more : query.has(forth);
  return {
    previous: hasPrevious && first ? { ...rest, [back]: String(first.number) } : undefined,
    next: hasNext && last ? { ...rest, [forth]: String(last.number) } : undefined,
  };
}

function byNumber(query: URLSearchParams): boolean {
  return (query.get('sort') || 'number') === 'number';
}
