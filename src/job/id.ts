// Job ids and queue names: what users may call things.
import { BadInput } from '../errors.js';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._:-]{0,127}$/;

/** An id that a user may give: not all digits (numbers are ours), not digits-digits (a range). */
export function checkId(id: string): string {
  if (/^\d+$/.test(id)) {
    throw new BadInput(`the id "${id}" is a number; plain numbers are given by queuectl itself`, [
      'put a letter in it',
    ]);
  }
  if (/^\d+-\d+$/.test(id)) {
    throw new BadInput(`the id "${id}" reads as a range of job numbers`, ['put a letter in it']);
  }
  return checkName('id', id);
}

/** Queue, pool and type names follow the form of ids, digits included. */
export function checkName(what: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new BadInput(`not a usable ${what}: ${JSON.stringify(name.slice(0, 140))}`, [
    'use 1 to 128 of A-Z a-z 0-9 . _ : - and start with a letter, digit or _',
  ]);
}
