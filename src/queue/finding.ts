// What an examination found: one line each for db check and doctor.

export type Level = 'ok' | 'note' | 'warning' | 'problem';

export interface Finding {
  /** Stable name of what was looked at, such as `disk_space`. */
  name: string;
  level: Level;
  /** One line, without secrets. */
  text: string;
  /** What to do about it: a command or an advice. */
  next?: string;
}

export function hasProblem(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'problem');
}
