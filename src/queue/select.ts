// Which jobs are meant: by the words that name them, by a filter, or both.
import { NoSuchJob } from '../errors.js';
import { readSelector, type Selector } from '../job/selector.js';
import { ownUid } from '../process/caller.js';
import { type JobFilter, JobStore } from '../storage/jobs.js';
import { StandingStore } from '../storage/standings.js';
import { isFilter } from './filter.js';
import type { Queue } from './queue.js';

export interface Selection {
  /** The numbers of those that were named, in that order, each once; null: all that fit the filter. */
  named: readonly number[] | null;
  filter: JobFilter;
}

/** Longer writes would hold the lock for too long. */
const AT_ONCE = 1000;

/**
 * @param words ids, `@`, `@~2`, ranges
 * @throws NoSuchJob for an id or `@` that is not there, and for a range in which there is none; BadInput
 */
export async function selectJobs(queue: Queue, words: readonly string[], filter: JobFilter = {}): Promise<Selection> {
  const selectors = words.map(readSelector);
  const ids = selectors.flatMap((one) => (one.is === 'id' ? [one.id] : []));
  const standings = await new StandingStore(queue.database).byIds(ids);
  const numbers = new Map(standings.map(({ id, number }) => [id, number]));
  const named: number[] = [];
  for (const one of selectors) {
    // An id may also be the number of a job that has a name.
    if (one.is === 'id') named.push(numbers.get(one.id) ?? Number(one.id));
    else named.push(...(await others(queue, one)));
  }
  return { named: [...new Set(named)], filter };
}

async function others(queue: Queue, selector: Exclude<Selector, { is: 'id' }>): Promise<number[]> {
  const store = new JobStore(queue.database);
  if (selector.is === 'last') return [await lastNumber(queue, selector.back)];
  const { from, to } = selector;
  const numbers = await store.range(from, to);
  if (numbers.length === 0) throw new NoSuchJob(`${from}-${to}`);
  return numbers;
}

/** @throws NoSuchJob */
export async function lastNumber(queue: Queue, back: number): Promise<number> {
  const number = await new JobStore(queue.database).last(ownUid(), back);
  if (number === undefined) throw new NoSuchJob(back === 0 ? '@' : `@~${back}`);
  return number;
}

/** The numbers of all that fit, each once, also of those that change meanwhile, at most 1,000 at a time. */
export async function* batches(queue: Queue, { named, filter }: Selection): AsyncGenerator<number[]> {
  const store = new JobStore(queue.database);
  const filtered = isFilter(filter);
  if (named) {
    for (let from = 0; from < named.length; from += AT_ONCE) {
      const numbers = named.slice(from, from + AT_ONCE);
      yield filtered ? await store.numbers({ ...filter, numbers }, AT_ONCE) : numbers;
    }
    return;
  }
  for (let after = 0; ; ) {
    const numbers = await store.numbers({ ...filter, after }, AT_ONCE);
    if (numbers.length > 0) yield numbers;
    if (numbers.length < AT_ONCE) return;
    after = numbers.at(-1)!;
  }
}

/** How many fit. */
export async function countOf(queue: Queue, selection: Selection): Promise<number> {
  if (!selection.named) return new JobStore(queue.database).count(selection.filter);
  let count = 0;
  for await (const numbers of batches(queue, selection)) count += numbers.length;
  return count;
}
