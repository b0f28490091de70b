// What was typed on a terminal in raw mode, key by key.

const SEQUENCE = /\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|[\s\S]/gu;

const NAMED: Record<string, string> = {
  '\x1b[A': 'up',
  '\x1bOA': 'up',
  '\x1b[B': 'down',
  '\x1bOB': 'down',
  '\x1b[5~': 'page-up',
  '\x1b[6~': 'page-down',
  '\x1b[H': 'home',
  '\x1bOH': 'home',
  '\x1b[1~': 'home',
  '\x1b[F': 'end',
  '\x1bOF': 'end',
  '\x1b[4~': 'end',
  '\x1b': 'escape',
  '\r': 'enter',
  '\n': 'enter',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl-c',
  '\x0c': 'ctrl-l',
  '\x15': 'ctrl-u',
  '\x1a': 'ctrl-z',
};

/** @returns names such as `up` and `enter`, else the character; other control keys are left out */
export function keysOf(typed: string): string[] {
  return (typed.match(SEQUENCE) ?? [])
    .map((key) => NAMED[key] ?? key)
    .filter((key) => !/^[\x00-\x1f\x80-\x9f]/.test(key));
}
