// What is wrong with a line of many is told with its number.
import { BadInput, Conflict } from '../errors.js';

/** An error of the same kind that names the line; what is no fault of the line stays as it is. */
export function atLine(number: number, error: unknown): unknown {
  for (const Kind of [BadInput, Conflict]) {
    if (error instanceof Kind) return new Kind(`line ${number}: ${error.message}`, error.suggestions);
  }
  return error;
}
