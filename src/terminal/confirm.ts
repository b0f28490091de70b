// Asks a yes-or-no question on a terminal.
import { createInterface } from 'node:readline/promises';
import { Interrupted } from '../errors.js';

export function canAsk(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

/** Anything but yes is no, the end of input too. @throws Interrupted at Ctrl-C */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve, reject) => {
    terminal.once('close', () => resolve(''));
    terminal.once('SIGINT', () => {
      process.stderr.write('\n');
      reject(new Interrupted('interrupted: nothing was changed', []));
    });
  });
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `).catch(() => ''), ended]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
