// What the query of a request says: which jobs, in which order, how many.
import { BadInput } from '../errors.js';
import { nearest } from '../job/nearest.js';
import { type FilterTexts, readFilter } from '../queue/filter.js';
import { type JobFilter, type Page, SORTS, type Sort } from '../queue/queue.js';

const TEXTS = ['queue', 'type', 'cause', 'since', 'where'] as const;
const PAGES = ['sort', 'reverse', 'limit', 'after', 'before', 'offset', 'q'] as const;
const LARGEST_PAGE = 1000;

/** @param query the parameters as they were given. @throws BadInput, for one that is not known too */
export function readQuery(query: Record<string, string>): { filter: JobFilter; page: Page } {
  checked(query, ['state', ...TEXTS, ...PAGES]);
  const texts: FilterTexts = { state: query.state ? [query.state] : undefined };
  for (const name of TEXTS) if (query[name]) texts[name] = query[name];
  const filter = readFilter(texts);
  const [after, before] = [numberOf(query, 'after'), numberOf(query, 'before')];
  const limit = numberOf(query, 'limit') ?? 100;
  if (limit < 1 || limit > LARGEST_PAGE) throw new BadInput(`limit takes 1 to ${LARGEST_PAGE}`);
  const page = {
    sort: sortOf(query.sort),
    descending: flagOf(query, 'reverse'),
    limit,
    offset: numberOf(query, 'offset'),
  };
  return { filter: { ...filter, after, before }, page };
}

/** @throws BadInput for a parameter that is not known */
export function checked(query: Record<string, string>, known: readonly string[]): Record<string, string> {
  for (const name of Object.keys(query)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new BadInput(`no such parameter: ${name.slice(0, 80)}`, [
      meant ? `did you mean ${meant}?` : known.join(', '),
    ]);
  }
  return query;
}

/** @throws BadInput */
export function flagOf(query: Record<string, string>, name: string): boolean {
  const text = query[name] ?? 'false';
  if (text === 'true' || text === 'false') return text === 'true';
  throw new BadInput(`${name} takes true or false`);
}

export function numberOf(query: Record<string, string>, name: string): number | undefined {
  const text = query[name];
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new BadInput(`${name} takes a whole number, not ${JSON.stringify(text.slice(0, 80))}`);
}

function sortOf(text: string | undefined): Sort {
  if (text === undefined || text === '') return 'number';
  const sort = SORTS.find((known) => known === text);
  if (sort) return sort;
  throw new BadInput(`cannot sort by ${text.slice(0, 80)}`, [SORTS.join(', ')]);
}
