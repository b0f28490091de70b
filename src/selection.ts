// Which jobs a command is about: ids, a filter or all, but said in one way.
import { BadInput } from './errors.js';

/** @param ways how they can be said, and whether each was used. @throws BadInput unless exactly one was */
export function checkSelection(ways: Record<string, boolean>): void {
  const used = Object.keys(ways).filter((way) => ways[way]);
  if (used.length === 1) return;
  const names = Object.keys(ways).join(' or ');
  if (used.length === 0) throw new BadInput('which jobs?', [`give ${names}`]);
  throw new BadInput(`${used.join(' and ')} exclude each other`, ['keep one of them']);
}
