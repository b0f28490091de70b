// The body of a request that changes jobs, checked key by key.
import { BadInput } from '../errors.js';
import { readJson } from '../job/json.js';
import { asObject } from '../job/request.js';
import type { FilterTexts } from '../queue/filter.js';

export interface Asked {
  /** As on the command line: ids, `@`, ranges. */
  jobs: string[];
  filter: FilterTexts;
  all: boolean;
  dryRun: boolean;
  /** Of an update. */
  to: Record<string, unknown>;
}

const FILTERS = ['queue', 'type', 'cause', 'since', 'where'] as const;

/** @throws BadInput */
export function readAsked(text: string): Asked {
  const { jobs = [], filter = {}, all = false, dry_run: dryRun = false, to = {}, ...rest } = readBody(text);
  known('the body', rest);
  if (!areTexts(jobs)) throw new BadInput('jobs takes a list of ids');
  if (typeof all !== 'boolean' || typeof dryRun !== 'boolean') throw new BadInput('all and dry_run take true or false');
  if (!isObject(filter) || !isObject(to)) throw new BadInput('filter and to take objects');
  return { jobs, filter: readFilterTexts(filter), all, dryRun, to };
}

/** @throws BadInput */
export function readBody(text: string): Record<string, unknown> {
  return asObject(readJson(text)) as Record<string, unknown>;
}

function readFilterTexts({ state, ...given }: Record<string, unknown>): FilterTexts {
  const texts: FilterTexts = {};
  if (state !== undefined && !areTexts(state)) throw new BadInput('filter.state takes a list of states');
  if (state !== undefined) texts.state = state;
  for (const name of FILTERS) {
    const { [name]: value } = given;
    if (value !== undefined && typeof value !== 'string') throw new BadInput(`filter.${name} takes text`);
    if (value !== undefined) texts[name] = value;
    delete given[name];
  }
  known('filter', given);
  return texts;
}

function known(where: string, rest: object): void {
  const [name] = Object.keys(rest);
  if (name !== undefined) throw new BadInput(`${where} has an unknown key ${JSON.stringify(name.slice(0, 80))}`);
}

function areTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
