// A filter as texts say it: flags of a command, or the query of a web page.
import { readStates } from '../job/states.js';
import { parseSince } from '../job/units.js';
import { parseWhere } from '../job/where.js';
import type { JobFilter } from '../storage/jobs.js';

export interface FilterTexts {
  /** Each may hold several, separated by commas. */
  state?: readonly string[];
  queue?: string;
  type?: string;
  cause?: string;
  since?: string;
  where?: string;
}

/** @throws BadInput */
export function readFilter({ state, queue, type, cause, since, where }: FilterTexts): JobFilter {
  return {
    states: state && readStates(state),
    queue,
    type,
    cause,
    since: since === undefined ? undefined : parseSince(since, Date.now()),
    where: where === undefined ? undefined : parseWhere(where),
  };
}

export function isFilter(filter: JobFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}
