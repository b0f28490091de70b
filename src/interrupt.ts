// Ctrl-C while something is waited for: the wait ends, what it was for goes on, and that is said.
import { Interrupted } from './errors.js';

/** @param work is left to itself when it is interrupted. @throws Interrupted */
export async function untilInterrupted<T>(work: Promise<T>, message: string, suggestions: string[]): Promise<T> {
  let interrupt = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new Interrupted(message, suggestions));
  });
  process.once('SIGINT', interrupt);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    process.off('SIGINT', interrupt);
  }
}
