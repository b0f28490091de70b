// A fraction as people read it.

/** @param done from 0 to 1; 100 % is said only when it is all */
export function percent(done: number): string {
  return `${Math.floor(done * 100)} %`;
}
