// How jobs are named on the command line: an id, `@` for the last one enqueued, `@~2`, a range of numbers.
import { BadInput } from '../errors.js';

export type Selector =
  | { is: 'id'; id: string }
  /** The one so many before the last that this user enqueued; 0 is the last. */
  | { is: 'last'; back: number }
  | { is: 'range'; from: number; to: number };

/** @throws BadInput */
export function readSelector(word: string): Selector {
  const last = /^@(?:~(\d{1,9}))?$/.exec(word);
  if (last) return { is: 'last', back: Number(last[1] ?? 0) };
  if (word.startsWith('@')) {
    throw new BadInput(`cannot read ${JSON.stringify(word.slice(0, 80))} as a job`, [
      '@ is the last one that you enqueued, @~1 the one before it',
    ]);
  }
  const range = /^(\d{1,15})-(\d{1,15})$/.exec(word);
  if (!range) return { is: 'id', id: word };
  const [from, to] = [Number(range[1]), Number(range[2])];
  if (from > to) throw new BadInput(`the range ${word} ends before it begins`, [`${to}-${from}`]);
  return { is: 'range', from, to };
}
